import Bindings
import Configuration
import Glibc
import SystemPackage

/// What a node that boots from the network gets of a layer: its root as SquashFS, its kernel, and its
/// initramfs. The names are those of image-build.
struct NetbootContent: Sendable {
  struct Object: Sendable {
    let key: String
    let file: FilePath
    let facts: FileFacts
  }

  static let tool = RequiredTool(
    name: "mksquashfs", package: "squashfs-tools", purpose: "publish layers to S3")

  /// The names of an initramfs for a kernel of a version, in the order in which they are looked for.
  private static func initramfsNames(_ version: String) -> [String] {
    ["initramfs-\(version).img", "initrd-\(version)", "initrd.img-\(version)"]
  }

  let objects: [Object]

  /// Makes the files.
  ///
  /// - Throws: `NoKernel`; `CommandFailure`; `CancellationError`; `LinuxError`.
  init(
    _ root: LayerRoot, _ name: String, _ publication: LayerPublication,
    _ store: LayerPublication.ObjectStore, directory: FilePath
  ) async throws {
    let boot = try root.resolve("boot")
    let (kernel, initramfs) = try Self.kernel(in: boot)
    let squash = directory.appending("rootfs")
    try await Self.makeSquash(of: root, at: squash, store)
    let release = try Self.release(of: root)
    var objects: [Object] = []
    for name in [initramfs, kernel] {
      // A copy, because the image is not mounted any more when it is sent.
      let file = directory.appending(name)
      try FileAccess.copy(boot.appending(name), to: file, waitsForDisk: false)
      objects.append(
        Object(
          key: "efi-images/\(store.prefix)\(name)", file: file, facts: try FileFacts(of: file)))
    }
    let facts = try FileFacts(of: squash)
    objects += publication.tags.map { tag in
      Object(key: "\(store.prefix)\(release)-\(name)-\(tag)", file: squash, facts: facts)
    }
    self.objects = objects
  }

  /// The newest kernel that has an initramfs.
  private static func kernel(in boot: FilePath) throws -> (kernel: String, initramfs: String) {
    let names = Set(Directories.names(in: boot))
    let prefix = "vmlinuz-"
    let versions = names.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
      .sorted { Self.parts(of: $0).lexicographicallyPrecedes(Self.parts(of: $1), by: <) }
    for version in versions.reversed() {
      if let initramfs = initramfsNames(version).first(where: names.contains) {
        return (prefix + version, initramfs)
      }
    }
    throw NoKernel(kernels: versions)
  }

  /// The parts of a version, so that 5.14.0-503 comes after 5.14.0-60.
  private static func parts(of version: String) -> [Int] {
    version.split { !$0.isNumber || !$0.isASCII }.map { Int($0) ?? .max }
  }

  private static func makeSquash(
    of root: LayerRoot, at file: FilePath, _ store: LayerPublication.ObjectStore
  ) async throws {
    // The kernel mounts filesystems there.
    let empty = ["dev", "proc", "run", "sys"]
    for name in empty { _ = try root.createDirectory(name) }
    try await root.host(
      "mksquashfs",
      [
        root.path.string, file.string, "-noappend", "-no-progress", "-comp", store.compression,
        "-wildcards", "-e",
      ] + empty.map { "\($0)/*" }, .debugging)
  }

  /// `ID VERSION_ID` of os-release, in lower case and without a blank.
  private static func release(of root: LayerRoot) throws -> String {
    let path = try root.resolve("etc/os-release")
    let release = OSRelease.values(parsing: try FileAccess.text(of: path))
    return ((release["ID"] ?? "linux") + (release["VERSION_ID"] ?? "")).lowercased()
  }
}

/// An image has no kernel with an initramfs.
struct NoKernel: ExitStatusError, CustomStringConvertible {
  let kernels: [String]

  var exitStatus: ExitStatus { .dataError }
  var description: String {
    "the image cannot be published to S3: /boot has "
      + (kernels.isEmpty
        ? "no vmlinuz-VERSION" : "no initramfs for \(kernels.joined(separator: ", "))")
      + "; install a kernel and make an initramfs (initramfs-VERSION.img, initrd-VERSION or "
      + "initrd.img-VERSION), for example with dracut in cmds"
  }
}
