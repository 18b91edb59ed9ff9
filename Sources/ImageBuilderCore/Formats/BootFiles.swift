import Bindings
import Configuration
import SystemPackage

/// The files of boot.zip, which EIB's tools for live USB sticks and for installation from Windows
/// expect. They are taken or made from the tree, so they are collected while it exists.
///
/// Source of the layout: `stages/eib_image` and `helpers/create-grub-images` of EIB.
struct BootFiles: Sendable {
  private static let modules = "usr/lib/grub/i386-pc"
  private static let configuration = "usr/lib/grub/conf/grub_embedded_image.cfg"
  private static let builtIn = [
    "biosdisk", "ext2", "exfat", "ntfs", "part_msdos", "part_gpt", "memdisk", "tar", "normal",
    "search", "configfile", "regexp",
  ]
  /// A file in the deployment as programs see it.
  private static let memoryDisk = "/dev/shm/memdisk"
  private static let bootCodeSizeInBytes = 446
  private static let coreSizeInBytes = 1 << 20
  /// On EIB's sticks, the core image begins after 62 MiB for UEFI, which begin at sector 2048.
  private static let coreSector: UInt64 = 2048 + 62 * 2048

  private let root: DeploymentRoot
  private let efiPrograms: String
  private let enterRoot: FilePath
  private(set) var files: [String: [UInt8]] = [:]
  /// The paths that the tree does not have, with the files of the archive that need them.
  private(set) var missing: [String: [String]] = [:]
  /// The files of the archive that programs of the tree could not make, and why.
  private(set) var failures: [String] = []

  /// What the archive lacks, and why: one line each.
  var warnings: [String] {
    let lacking = missing.sorted { $0.key < $1.key }.map { path, users in
      "\(path) (for \(users.joined(separator: ", ")))"
    }
    return failures.map { "boot.zip has no \($0)" }
      + (lacking.isEmpty
        ? []
        : ["boot.zip is not complete; the tree does not have: \(lacking.joined(separator: "; "))"])
  }

  /// Collects the files.
  ///
  /// - Parameters:
  ///   - sysroot: where the files of the boot menu are.
  ///   - efiPrograms: the directory of the tree with the EFI programs.
  /// - Throws: `TreeError.unusableFile`; `LinuxError`.
  init(
    of root: DeploymentRoot, sysroot: FilePath, efiPrograms: String, enterRoot: FilePath
  ) async throws {
    self.root = root
    self.efiPrograms = efiPrograms
    self.enterRoot = enterRoot
    try addMenu(sysroot)
    try addEFIPrograms()
    try await addBIOSImages()
  }

  /// The directory of the boot menu, which has the modules if the tree has no core image.
  private mutating func addMenu(_ sysroot: FilePath) throws {
    guard let directory = try RootedPath.find("boot/grub", in: sysroot) else {
      missing["boot/grub"] = ["grub/"]
      return
    }
    for name in Directories.files(below: directory) {
      let file = directory.pushing(FilePath(name))
      guard FileKind(of: file) == .regular else { continue }
      guard ZipEntry.isPlain(name) else {
        throw TreeError.unusableFile(
          "/boot/grub/\(name)",
          reason: "boot.zip cannot contain its name; accepted are \(ZipEntry.acceptedNames)")
      }
      files["grub/\(name)"] = try UntrustedFile.bytes(of: file, maximumSizeInBytes: 16 << 20)
    }
  }

  /// The names in the tree are those of EIB's trees, or else those of a removable medium.
  private mutating func addEFIPrograms() throws {
    let programs = [
      ("BOOTX64.EFI", "shimx64.efi"), ("grubx64.efi", "grubx64.efi"), ("mmx64.efi", "mmx64.efi"),
    ]
    for (name, ownName) in programs {
      try addEFIFile("EFI/BOOT/\(name)", of: ["endless/\(ownName)", "BOOT/\(name)"])
    }
    try addEFIFile("EFI3/BOOT/fbx64.efi", of: ["endless/fbx64.efi", "BOOT/fbx64.efi"])
    try addEFIFile("EFI3/endless/BOOTX64.CSV", of: ["endless/bootx64.csv", "endless/BOOTX64.CSV"])
  }

  private mutating func addEFIFile(_ name: String, of names: [String]) throws {
    for path in names {
      if let bytes = try root.bytes(of: "\(efiPrograms)/\(path)") {
        files[name] = bytes
        return
      }
    }
    missing["\(efiPrograms)/{\(names.joined(separator: ","))}"] = [name]
  }

  private mutating func addBIOSImages() async throws {
    let hybrid = "iso/boot_hybrid.img"
    files[hybrid] = try bytes(of: "\(Self.modules)/boot_hybrid.img", for: [hybrid])
    let elTorito = "iso/eltorito.img"
    files[elTorito] = try await grubImage("i386-pc-eltorito", and: ["iso9660"], for: [elTorito])
    try await addNTLoader()
    let core = try await grubImage("i386-pc", for: ["eosldr/eosldr", "live/", "ntfs/"])
    let boot = try bytes(of: "\(Self.modules)/boot.img", for: ["live/", "ntfs/boot.img"])
    let loader = try bytes(of: "\(Self.modules)/lnxboot.img", for: ["eosldr/eosldr"])
    guard let core else { return }
    files["ntfs/core.img"] = core
    files["eosldr/eosldr"] = loader.map { $0 + core }
    guard let boot else { return }
    files["ntfs/boot.img"] = boot
    guard let placed = BIOSBootCode.placed(boot, core, at: Self.coreSector) else {
      return failures.append("live/: \(Self.modules)/boot.img of the tree is not GRUB's")
    }
    files["live/boot.img"] = Array(placed.boot.prefix(Self.bootCodeSizeInBytes))
    files["live/core.img"] =
      placed.core
      + [UInt8](repeating: 0, count: max(0, Self.coreSizeInBytes - placed.core.count))
  }

  /// The program is in the package grub-pc-bin of Debian, and in the path of programs in EIB's trees.
  private mutating func addNTLoader() async throws {
    let name = "eosldr/eosldr.mbr"
    let paths = ["\(Self.modules)/grub-ntldr-img", "usr/bin/grub-ntldr-img"]
    guard let program = try program(paths, for: [name]) else { return }
    files[name] = try await output(
      of: program, ["--grub2", "--boot-file=eosldr", "--output", "/dev/stdout"], for: [name])
  }

  /// The content of a file of the tree; nil if it does not exist, which is noted.
  private mutating func bytes(of path: String, for users: [String]) throws -> [UInt8]? {
    if let bytes = try root.bytes(of: path) { return bytes }
    missing[path, default: []] += users
    return nil
  }

  /// The first program that the tree has; nil if it has none, which is noted.
  private mutating func program(_ paths: [String], for users: [String]) throws -> String? {
    for path in paths where try RootedPath.find(path, in: root.path) != nil { return "/\(path)" }
    missing[paths.joined(separator: " or "), default: []] += users
    return nil
  }

  /// A GRUB image whose menu, in a tar archive in it, is the configuration of the tree. The archive
  /// of grub-mkstandalone would contain the time.
  private mutating func grubImage(
    _ format: String, and more: [String] = [], for users: [String]
  ) async throws -> [UInt8]? {
    let text = try bytes(of: Self.configuration, for: users)
    let kernel = try bytes(of: "\(Self.modules)/kernel.img", for: users)
    let program = try program(GRUBInstallation.programs, for: users)
    guard let text, kernel != nil, let program else { return nil }
    let member = TarMember(
      name: "boot/grub/grub.cfg", sizeInBytes: UInt64(text.count), timestamp: 0)
    let end = Int(member.archiveSizeInBytes) - member.header.count - text.count
    let archive = member.header + text + [UInt8](repeating: 0, count: end)
    return try await output(
      of: program,
      [
        "--format=\(format)", "--directory=/\(Self.modules)", "--prefix=(memdisk)/boot/grub",
        "--memdisk=\(Self.memoryDisk)",
      ] + Self.builtIn + more, memoryDisk: String(decoding: archive, as: UTF8.self), for: users)
  }

  /// What a program of the tree writes; nil if it fails, which is noted.
  ///
  /// - Parameter memoryDisk: the content of the file `Self.memoryDisk`.
  private mutating func output(
    of program: String, _ arguments: [String], memoryDisk: String? = nil, for users: [String]
  ) async throws -> [UInt8]? {
    let script = memoryDisk == nil ? "exec \"$@\"" : "cat >\(Self.memoryDisk) && exec \"$@\""
    let command = Command(
      enterRoot.string, [root.path.string, "/bin/sh", "-c", script, "sh", program] + arguments,
      input: memoryDisk)
    let problem: String
    do {
      let bytes = try await TemporaryDirectory.with(in: "/tmp") { scratch in
        let path = scratch.appending("output")
        let file = try FileDescriptor.open(
          path, .writeOnly, options: [.create, .closeOnExec], permissions: .ownerReadWrite)
        defer { try? file.close() }
        try await command.run(standardOutput: file)
        return try FileAccess.bytes(of: path)
      }
      if !bytes.isEmpty { return bytes }
      problem = "wrote nothing"
    } catch let failure as CommandFailure {
      problem = ([failure.reason.sentence] + failure.lastLines).joined(separator: "; ")
    }
    let names = users.joined(separator: ", ")
    failures.append("\(names): \(program) of the tree \(visible(problem))")
    return nil
  }
}
