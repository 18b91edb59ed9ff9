import Bindings
import Configuration
import SystemPackage

/// GRUB for BIOS from a tree that has GRUB's modules but no core image. As by grub-install, the
/// modules and a core image made from them are in the directory of the boot menu.
///
/// The tree's own grub-mkimage makes the core image, because it must be as old as the modules.
struct GRUBInstallation {
  /// grub-mkimage, as distributions name it.
  static let programs = ["usr/bin/grub-mkimage", "usr/bin/grub2-mkimage"]
  /// The modules that read the root partition, and the one for file name patterns, which GRUB does
  /// not load by itself. It loads the modules of commands from the directory of the menu.
  private static let builtIn = ["biosdisk", "part_gpt", "part_msdos", "ext2", "regexp"]

  let deployment: DeploymentRoot
  let sysroot: FilePath
  let plan: DiskPlan
  /// The helper enter-root.
  let enterRoot: FilePath
  let say: (String) -> Void

  /// The core image in a sysroot.
  static func coreImage(_ target: String, in sysroot: FilePath) -> FilePath {
    sysroot.pushing(FilePath("boot/grub/\(target)/core.img"))
  }

  /// Makes the core image. Does nothing if the tree has one, cannot make one, or does not need one.
  ///
  /// - Throws: `DiskError.missingBootCode` if grub-mkimage fails and the image boots with BIOS only;
  ///   `TreeError.unusableFile`, `LinuxError`.
  func make() async throws {
    guard plan.bootsWithBIOS, let target = plan.arch.grubBIOSTarget,
      try deployment.bytes(of: BIOSBootCode.corePath) == nil,
      let program = Self.programs.first(where: exists),
      let modules = try? deployment.resolve("usr/lib/grub/\(target)"),
      exists("usr/lib/grub/\(target)/kernel.img")
    else { return }
    let directory = try RootedPath.createDirectory("boot/grub/\(target)", in: sysroot)
    for name in Directories.names(in: modules)
    where name.hasSuffix(".mod") || name.hasSuffix(".lst") {
      if let module = try deployment.bytes(of: "usr/lib/grub/\(target)/\(name)") {
        try FileAccess.write(module, to: directory.appending(name), waitsForDisk: false)
      }
    }
    let image = Self.coreImage(target, in: sysroot)
    do {
      try await makeCoreImage(by: program, target, image)
      say("made boot/grub/\(target)/core.img from the GRUB modules of the tree")
    } catch let error as CommandFailure {
      try? FileAccess.remove(image)
      try plan.reportMissingBootCode(
        for: .bios,
        because: "the tree has no \(BIOSBootCode.corePath), and its grub-mkimage failed: \(error)",
        say: say)
    }
  }

  private func makeCoreImage(
    by program: String, _ target: String, _ path: FilePath
  ) async throws {
    let table = PartitionTable(plan, rootSizeInBytes: 0)
    let scheme = plan.table == .gpt ? "gpt" : "msdos"
    let file = try FileDescriptor.open(
      path, .writeOnly, options: [.create, .truncate, .closeOnExec], permissions: .worldReadable)
    defer { try? file.close() }
    try await Command(
      enterRoot.string,
      [
        deployment.path.string, "/\(program)", "--format=\(target)",
        "--directory=/usr/lib/grub/\(target)",
        "--prefix=(,\(scheme)\(table.partitions.count))/boot/grub",
      ] + Self.builtIn
    ).run(standardOutput: file)
  }

  private func exists(_ inside: String) -> Bool { (try? deployment.resolve(inside)) != nil }
}
