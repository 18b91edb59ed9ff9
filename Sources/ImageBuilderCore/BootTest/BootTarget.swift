import Configuration
import SystemPackage

/// One boot of the boot test: an output, and the machine that starts from it.
struct BootTarget: Sendable {
  /// The key in `images` of the manifest.
  let format: String
  let firmware: Firmware
  let file: FilePath
  /// QEMU's name of the format of the file.
  var fileFormat = "raw"
  /// The file with the second disk, of the same format.
  var secondFile: FilePath?
  var medium = VirtualMachine.Medium.disk
  /// What the machine needs in addition to the memory of `boot_test:memory`.
  var moreMemoryInBytes: UInt64 = 0
  let system: BootExpectation

  /// The name in messages and of records, such as `uefi` or `iso-uefi`.
  var name: String { OutputListing.bootName(of: format, under: firmware) }
}
