/// Verifies the boot loader entries of an image.
struct BootEntries {
  private static let directory = "/\(BootEntry.directory)"

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

  private func problems(of path: String) async throws -> [String] {
    guard FilesystemReader.isPlain(path), let text = try await root.text(of: path) else {
      return ["has a boot loader entry \(path) that cannot be read"]
    }
    let entry = BootEntry(text, isEscaped: false)
    var problems: [String] = []
    for (key, purpose) in [("linux", "kernel"), ("initrd", "initramfs")] {
      let files = entry.values(of: key)
      if files.isEmpty { problems.append("has a boot loader entry \(path) without \(key)") }
      for file in files where try await !isBootFile(file) {
        problems.append("lacks the \(purpose) \(file) that \(path) names")
      }
    }
    let deployments = entry.arguments.filter { $0.hasPrefix("ostree=") }
      .map { String($0.dropFirst(7)) }
    guard deployments.count == 1 else {
      return problems + ["has a boot loader entry \(path) without one ostree="]
    }
    return try await problems + deploymentProblems(deployments[0], path)
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
