import Bindings

/// What a tree must have so that its system boots and can be updated.
struct TreeLayout {
  private static let directories = ["dev", "proc", "run", "sys", "sysroot", "var"]
  private static let repositoryLinks = links(to: ["sysroot/ostree", "/sysroot/ostree"])
  /// A link to sysroot/tmp is OSTree's own layout.
  private static let temporaryLinks = links(
    to: ["sysroot/tmp", "/sysroot/tmp", "var/tmp", "/var/tmp"])

  private let tree: CommitTree
  private let links: TreeLinks

  init(_ tree: CommitTree) {
    self.tree = tree
    links = TreeLinks(tree)
  }

  private static func links(to targets: [String]) -> [CommitTree.Entry?] {
    targets.map { .link(target: $0) }
  }

  /// - Throws: `TreeError.linkOutsideTree`, `.incomplete`, `.severalKernels`, `.noKernel`,
  ///   `.noInitramfs`; `GLibError`.
  func check() throws {
    try links.check()
    try checkDirectories()
    try checkKernel()
  }

  private func checkDirectories() throws {
    var missing: [String] = []
    if !Self.repositoryLinks.contains(try tree.entry(at: "ostree")) {
      missing.append("/ostree, a link to sysroot/ostree, by which the system is updated")
    }
    for name in Self.directories where try tree.entry(at: name) != .directory {
      missing.append("/\(name), an empty directory")
    }
    let temporary = try tree.entry(at: "tmp")
    if temporary != .directory, !Self.temporaryLinks.contains(temporary) {
      missing.append("/tmp, an empty directory or a link to sysroot/tmp")
    }
    guard missing.isEmpty else { throw TreeError.incomplete(missing) }
  }

  /// libostree takes the first kernel in the order of the directory, which differs between disks.
  private func checkKernel() throws {
    var kernels: [String] = []
    if let modules = try links.end(of: TreeLinks.modules) {
      for name in try names(in: modules)
      where try links.end(of: "\(TreeLinks.modules)/\(name)/vmlinuz") != nil {
        kernels.append(name)
      }
    }
    guard kernels.count <= 1 else { throw TreeError.severalKernels(kernels) }
    guard let version = kernels.first else {
      if try !hasLegacyKernel() { throw TreeError.noKernel(try misnamed("vmlinuz")) }
      return
    }
    for name in ["initramfs.img", "initramfs"]
    where try links.end(of: "\(TreeLinks.modules)/\(version)/\(name)") != nil { return }
    throw TreeError.noInitramfs(version: version, try misnamed("initr"))
  }

  /// Whether there is a kernel with the checksum in its name, as older versions of OSTree want it.
  private func hasLegacyKernel() throws -> Bool {
    try ["usr/lib/ostree-boot", "boot"].flatMap { try names(in: $0) }.contains {
      $0.prefixMatch(of: #/vmlinuz-.*-[0-9a-f]{64}/#) != nil
    }
  }

  /// Files with other names than OSTree knows.
  private func misnamed(_ prefix: String) throws -> [String] {
    try names(in: "boot").filter { $0.hasPrefix(prefix) }.map { "/boot/\($0)" }
      + names(in: TreeLinks.modules).flatMap { version in
        try names(in: "\(TreeLinks.modules)/\(version)").filter { $0.hasPrefix(prefix) }
          .map { "/\(TreeLinks.modules)/\(version)/\($0)" }
      }
  }

  private func names(in path: String) throws -> [String] {
    guard let path = try links.end(of: path), try tree.entry(at: path) == .directory else {
      return []
    }
    return try tree.names(in: path).sorted()
  }
}
