import Bindings
import Configuration
import Glibc
import SystemPackage

/// What live media take from the deployed system: the kernel, its arguments, an initramfs that can
/// boot the disk image inside a SquashFS, and GRUB.
///
/// It is collected while the deployment exists, in a directory of its own.
struct LiveSystem: Sendable {
  /// The interface between the initramfs and the media: kernel arguments and names of files. A tree
  /// whose initramfs has it says so in the file `marker`.
  private static let interface = "1"
  private static let bootLoaders = "usr/lib/grub/live"

  /// The directory with the copies.
  let directory: FilePath
  /// VERSION of the system's os-release.
  let version: String
  /// The arguments of the boot loader entry that the image boots by default, without `root=`.
  let arguments: [String]
  let arch: Architecture

  var kernel: FilePath { directory.appending("vmlinuz") }
  var initramfs: FilePath { directory.appending("initramfs.img") }

  /// The parts of GRUB for media, as files of `directory` and of the tree.
  enum BootLoader: String {
    /// The boot program for UEFI, which reads its menu from /boot/grub/grub.cfg of its filesystem.
    case efi
    /// The same for BIOS, as an El Torito image.
    case eltorito = "eltorito.img"
    /// The code in sector 0 that loads the El Torito image from a disk.
    case hybrid = "boot_hybrid.img"

    func name(for arch: Architecture) -> String? {
      self == .efi ? arch.efiBootProgram : rawValue
    }
  }

  /// The copy of a part of GRUB; nil if the firmware of the image does not need it.
  func file(_ part: BootLoader) -> FilePath? {
    part.name(for: arch).map(directory.appending).flatMap { Directories.exists($0) ? $0 : nil }
  }

  /// A system that was copied before.
  init(directory: FilePath, version: String, arguments: [String], arch: Architecture) {
    self.directory = directory
    self.version = version
    self.arguments = arguments
    self.arch = arch
  }

  /// Copies what the formats need from the deployment.
  ///
  /// - Parameters:
  ///   - entry: the boot loader entry that the image boots by default.
  ///   - directory: a directory for the copies, which is made if there is none.
  /// - Throws: `LiveSystemError`, `TreeError.unusableFile`, `LinuxError`.
  init(
    of root: DeploymentRoot, sysroot: FilePath, _ entry: BootEntry?, _ plan: DiskPlan,
    for formats: [any LiveFormat.Type], to directory: FilePath
  ) throws {
    let options = formats.map { $0.option.name }
    guard let entry, let kernel = entry.values(of: "linux").first,
      let initramfs = entry.values(of: "initrd").first,
      let name = kernel.split(separator: "/").last, name.hasPrefix("vmlinuz-")
    else { throw LiveSystemError.noEntry(options) }
    try Self.checkMarker(of: root, kernelVersion: String(name.dropFirst(8)), options)
    self.directory = directory
    arch = plan.arch
    arguments = entry.arguments.filter { !$0.hasPrefix("root=") }
    version =
      try root.bytes(of: "etc/os-release").map {
        OSRelease(parsing: String(decoding: $0, as: UTF8.self)).version
      } ?? ""
    try Directories.create(directory)
    try Self.copy(kernel, in: sysroot, to: self.kernel)
    try Self.copy(initramfs, in: sysroot, to: self.initramfs)
    try Self.pad(self.initramfs)
    for format in formats where format.needsBootLoader {
      try copyBootLoaders(of: root, plan, for: format.option.name)
    }
  }

  private static func checkMarker(
    of root: DeploymentRoot, kernelVersion: String, _ options: [OptionName]
  ) throws {
    let marker = "usr/lib/modules/\(kernelVersion)/live-image"
    guard let bytes = try root.bytes(of: marker) else {
      throw LiveSystemError.noLiveInitramfs(options, marker: marker)
    }
    let found = String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace }
    guard found == interface else {
      throw LiveSystemError.otherInterface(
        options, marker: marker, found: found, accepted: interface)
    }
  }

  /// The paths in an entry are relative to the filesystem that contains /boot, or to /boot itself.
  private static func copy(_ path: String, in sysroot: FilePath, to copy: FilePath) throws {
    guard
      let file = try RootedPath.find("boot/\(path)", in: sysroot)
        ?? RootedPath.find(path, in: sysroot), FileKind(following: file) == .regular
    else {
      throw TreeError.unusableFile(
        path, reason: "the boot loader entry names it, but it is no file")
    }
    try FileAccess.copy(file, to: copy, waitsForDisk: false)
  }

  /// Linux reads an archive that follows another one only at an offset that is a multiple of 4, and
  /// the UEFI part of Linux 6.1 joins several without padding.
  private static func pad(_ initramfs: FilePath) throws {
    let size = try FileAccess.sizeInBytes(of: initramfs).roundedUp(toMultipleOf: 4)
    guard truncate(initramfs.string, off_t(size)) == 0 else {
      throw LinuxError("write \(initramfs)", Errno(rawValue: errno))
    }
  }

  private func copyBootLoaders(
    of root: DeploymentRoot, _ plan: DiskPlan, for option: OptionName
  ) throws {
    var wanted: [BootLoader] = plan.bootsWithUEFI ? [.efi] : []
    if plan.bootsWithBIOS { wanted += [.eltorito, .hybrid] }
    var missing: [String] = []
    for part in wanted {
      guard let name = part.name(for: arch) else {
        throw LiveSystemError.noProgramForUEFI(option, arch)
      }
      if let bytes = try root.bytes(of: "\(Self.bootLoaders)/\(name)") {
        try FileAccess.write(bytes, to: directory.appending(name), waitsForDisk: false)
      } else {
        missing.append("\(Self.bootLoaders)/\(name)")
      }
    }
    guard missing.isEmpty else { throw LiveSystemError.noBootLoader(option, missing) }
  }
}

/// A tree of which no live medium can be made.
enum LiveSystemError: ExitStatusError, CustomStringConvertible {
  case noEntry([OptionName])
  case noLiveInitramfs([OptionName], marker: String)
  case otherInterface([OptionName], marker: String, found: String, accepted: String)
  case noBootLoader(OptionName, [String])
  case noProgramForUEFI(OptionName, Architecture)
  case argumentForIPXE(String, problem: String)

  var exitStatus: ExitStatus { .dataError }

  var description: String {
    switch self {
    case .noEntry(let options):
      "\(Self.are(options)) true, but the image has no boot loader entry with the kernel "
        + "vmlinuz-VERSION and an initramfs, so no live medium can be made of it; correct the hook "
        + "that changes /\(BootEntry.directory), or \(Self.remedy(options))"
    case .noLiveInitramfs(let options, let marker):
      "\(Self.are(options)) true, but the tree has no \(marker), so its initramfs cannot boot live "
        + "media; add the dracut module 90live-image to the initramfs and that file to the tree "
        + "(docs/formats.md), or \(Self.remedy(options))"
    case .otherInterface(let options, let marker, let found, let accepted):
      "\(Self.are(options)) true, but \(marker) of the tree is \(found.debugDescription), and this "
        + "program makes media for initramfs images of version \(accepted); make the initramfs with "
        + "the dracut module 90live-image of this version (docs/formats.md), or "
        + Self.remedy(options)
    case .noBootLoader(let option, let missing):
      "\(option) is true, but the tree lacks GRUB for live media:" + listed(missing)
        + "\n  add it to the tree (docs/formats.md), set image:firmware to what the tree has, or "
        + Self.remedy([option])
    case .argumentForIPXE(let argument, let problem):
      "image:netboot is true, but the boot loader entry has the kernel argument \(argument), which "
        + "\(problem); correct image:kernel_args or the hook that adds it, or set image:netboot to "
        + "false"
    case .noProgramForUEFI(let option, let arch):
      "\(option) is true, but no boot program for UEFI is known for \(arch.rawValue); set "
        + "image:firmware to bios, or \(Self.remedy([option]))"
    }
  }

  private static func are(_ options: [OptionName]) -> String {
    options.map { "\($0)" }.joined(separator: " and ") + (options.count == 1 ? " is" : " are")
  }

  private static func remedy(_ options: [OptionName]) -> String {
    "set \(options.map { "\($0)" }.joined(separator: " and ")) to false"
  }
}
