import SystemPackage

extension BootMenu {
  /// The kernel arguments of the entry that an image boots by default; empty if it has none.
  ///
  /// - Parameter scratch: an empty directory for copies of files.
  /// - Throws: `ImagePartitions.Damage`, `CommandFailure`, `Errno`, `LinuxError`,
  ///   `UntrustedFile.Refusal`.
  static func defaultArguments(
    in image: RawDiskImage, scratch: FilePath
  ) async throws -> [String] {
    guard let root = try ImagePartitions(of: image).only(.root) else { return [] }
    let filesystem = try FilesystemReader(in: image, at: root.startInBytes, scratch: scratch)
    let names = try await filesystem.names(in: "/\(BootEntry.directory)")
    guard let name = BootEntry.names(among: names).first,
      let text = try await filesystem.text(of: "/\(BootEntry.directory)/\(name)")
    else { return [] }
    let menu = try await filesystem.text(of: "/\(installedPath)") ?? ""
    return BootEntry(text, isEscaped: wantsEscapedEntries(menu)).arguments
  }
}
