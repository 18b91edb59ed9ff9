import Bindings
import Configuration
import SystemPackage

/// The programs of a tree that firmware with Secure Boot starts: a loader that Microsoft has signed
/// (shim), GRUB, and the kernel. Who has signed them is not examined; the boot test shows it.
struct SignedPrograms {
  /// The directory that is copied to the EFI system partition.
  static let directory = "usr/lib/efi_binaries/secure-boot/EFI"
  private static let loaders = ["BOOTX64.EFI", "grubx64.efi"].map { "\(directory)/BOOT/\($0)" }
  private static let modules = "usr/lib/modules"
  /// The headers of programs are shorter.
  private static let headSizeInBytes = 4096

  private let root: DeploymentRoot

  init(_ root: DeploymentRoot) {
    self.root = root
  }

  /// - Throws: `DiskError.noSignedPrograms`; `TreeError.unusableFile`; `LinuxError`.
  func check() throws {
    let versions = try RootedPath.find(Self.modules, in: root.path).map(Directories.names) ?? []
    let kernels = try versions.map { "\(Self.modules)/\($0)/vmlinuz" }
      .filter { try RootedPath.find($0, in: root.path) != nil }
    let problems = try (Self.loaders + kernels).compactMap { path -> String? in
      guard let file = try RootedPath.find(path, in: root.path) else { return "\(path) is missing" }
      let head: [UInt8]
      do {
        head = try UntrustedFile.beginning(of: file, sizeInBytes: Self.headSizeInBytes)
      } catch {
        throw TreeError.unusableFile("/\(path)", reason: "\(error)")
      }
      return Self.isSigned(head) ? nil : "\(path) has no signature"
    }
    guard problems.isEmpty else { throw DiskError.noSignedPrograms(problems) }
  }

  /// Whether the head of a PE program names a table of certificates ("PE Format" of Microsoft, section
  /// "Optional Header Data Directories").
  static func isSigned(_ head: [UInt8]) -> Bool {
    func number(_ offset: Int) -> Int? {
      offset + 4 <= head.count ? Int(head.littleEndian(at: offset, as: UInt32.self)) : nil
    }
    guard head.starts(with: Array("MZ".utf8)), let start = number(0x3c),
      number(start) == 0x4550, let magic = number(start + 24),
      let directories = [0x10b: 96, 0x20b: 112][magic & 0xffff],
      let count = number(start + 24 + directories - 4), count > 4,
      let sizeInBytes = number(start + 24 + directories + 4 * 8 + 4)
    else { return false }
    return sizeInBytes > 0
  }
}
