import Configuration

/// Verifies the boot loader entries of an image.
struct BootEntries {
  private static let directory = "/boot/loader/entries"

  let root: FilesystemReader
  /// The commit that the image must boot.
  let commit: String

  /// The problems of the entries, worded to follow the name of the image.
  ///
  /// - Throws: `CommandFailure`; `Errno` and `UntrustedFile.Refusal` if a copied file cannot be
  ///   read.
  func problems() async throws -> [String] {
    let names = try await root.names(in: Self.directory).filter { $0.hasSuffix(".conf") }
    guard !names.isEmpty else { return ["has no boot loader entry in \(Self.directory)"] }
    var problems: [String] = []
    for name in names { problems += try await self.problems(of: "\(Self.directory)/\(name)") }
    return try await problems + commitProblems()
  }

  private func problems(of entry: String) async throws -> [String] {
    guard FilesystemReader.isPlain(entry), let text = try await root.text(of: entry) else {
      return ["has a boot loader entry \(entry) that cannot be read"]
    }
    var values: [String: [String]] = [:]
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ", maxSplits: 1)
      if words.count == 2 { values[String(words[0]), default: []].append(String(words[1])) }
    }
    var problems: [String] = []
    for (key, purpose) in [("linux", "kernel"), ("initrd", "initramfs")] {
      let files = values[key] ?? []
      if files.isEmpty { problems.append("has a boot loader entry \(entry) without \(key)") }
      for file in files where try await !isBootFile(file) {
        problems.append("lacks the \(purpose) \(file) that \(entry) names")
      }
    }
    let arguments = (values["options"] ?? []).flatMap { KernelArguments.split($0) }
    let deployments = arguments.filter { $0.hasPrefix("ostree=") }.map { String($0.dropFirst(7)) }
    guard deployments.count == 1 else {
      return problems + ["has a boot loader entry \(entry) without one ostree="]
    }
    return try await problems + deploymentProblems(deployments[0], entry)
  }

  /// The paths in an entry are relative to the filesystem that contains /boot, or to /boot itself.
  private func isBootFile(_ path: String) async throws -> Bool {
    guard FilesystemReader.isPlain(path) else { return false }
    for path in ["/boot" + path, path] {
      if try await root.status(path)?.isFilledFile == true { return true }
    }
    return false
  }

  /// `ostree=` names a symbolic link to the deployment. The name of the deployment starts with its
  /// commit.
  private func deploymentProblems(_ path: String, _ entry: String) async throws -> [String] {
    guard FilesystemReader.isPlain(path), let target = try await root.text(of: path),
      try await root.status("\(path)/usr")?.kind == "directory"
    else { return ["lacks the deployment \(path) that \(entry) names"] }
    let name = target.split(separator: "/").last ?? ""
    let deployed = name.split(separator: ".").first ?? ""
    guard deployed == commit else {
      return ["boots commit \(deployed) (\(entry)), not the \(commit) that the manifest says"]
    }
    return []
  }

  private func commitProblems() async throws -> [String] {
    let object = "/ostree/repo/objects/\(commit.prefix(2))/\(commit.dropFirst(2)).commit"
    guard try await root.status(object)?.isFilledFile == true else {
      return ["lacks commit \(commit) in its repository"]
    }
    let copy = try await root.copy(object)
    let digest = try UntrustedFile.digest(of: copy, sizeInBytes: nil).digest
    return digest == commit ? [] : ["has a damaged commit \(commit) in its repository"]
  }
}
