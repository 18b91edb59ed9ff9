import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// What fits into the EFI system partition, compared with mkfs.vfat and mcopy.
@Suite struct EFISystemPartitionTests {
  private let fixture: Fixture

  init() throws {
    fixture = try Fixture()
  }

  private func directory(_ script: String) throws -> FilePath {
    let directory = try fixture.makeDirectory("EFI")
    try Shell.run("cd '\(directory)'; \(script)")
    return directory
  }

  /// Content that is accepted fits, for each size of a cluster.
  @Test(arguments: [
    (16 as UInt64, FAT.fat16), (62, .fat16), (129, .fat16), (34, .fat32), (261, .fat32),
  ])
  func whatIsAcceptedFits(mebibytes: UInt64, fat: FAT) throws {
    let partition = EFISystemPartition(sizeInBytes: mebibytes << 20, fat: fat)
    let directory = try directory(
      "mkdir a-directory-with-a-long-name; touch a-directory-with-a-long-name/another-long-name-{1..300}"
    )
    // The largest accepted size, as a number of steps.
    let step = mebibytes << 10
    var (accepted, refused): (UInt64, UInt64) = (0, 1024)
    while refused - accepted > 1 {
      let middle = (accepted + refused) / 2
      try Shell.run("truncate -s \(middle * step) '\(directory)/a.efi'")
      do {
        try partition.check(directory)
        accepted = middle
      } catch DiskError.efiProgramsTooLarge {
        refused = middle
      }
    }
    #expect(accepted * step > (mebibytes << 20) - (mebibytes << 13) - (1 << 20))
    try Shell.run("truncate -s \(accepted * step) '\(directory)/a.efi'")
    try Shell.run(
      """
      cd '\(fixture.directory)'
      truncate -s \(mebibytes)M image
      mkfs.vfat --invariant -F \(fat.rawValue) image \(mebibytes << 10) 2>&1 | { ! grep -i warning; }
      mcopy -s -Q -i image EFI ::
      """)
  }

  @Test func aLargeProgramIsToldWithTheSizesAndTheOption() throws {
    let directory = try directory("mkdir BOOT; truncate -s 70M BOOT/BOOTX64.EFI")
    let error = #expect(throws: DiskError.self) {
      try EFISystemPartition(sizeInBytes: 62 << 20).check(directory)
    }
    #expect(
      error?.description.contains("need 70.0 MiB, but the EFI system partition of 62.0 MiB") == true
    )
    #expect(error?.description.contains("image:esp_size") == true)
    try EFISystemPartition(sizeInBytes: 80 << 20).check(directory)
  }

  @Test(arguments: [
    ("mkdir BOOT boot", "BOOT and boot are one name on FAT"),
    ("mkdir BOOT; touch BOOT/{grub.cfg,GRUB.CFG}", "BOOT/GRUB.CFG and BOOT/grub.cfg are one name"),
    ("touch a:b", "\"a:b\" cannot be a name on FAT"), ("touch 'a.'", "\"a.\" cannot be a name"),
    ("touch \u{FC}", "cannot be a name on FAT"),
  ])
  func namesThatFATCannotHaveAreListed(script: String, problem: String) throws {
    let directory = try directory(script)
    let error = #expect(throws: DiskError.self) {
      try EFISystemPartition(sizeInBytes: 62 << 20).check(directory)
    }
    #expect(error?.description.contains(problem) == true, "\(String(describing: error))")
  }

  @Test func linksCountAsTheirTargets() throws {
    let directory = try directory("truncate -s 40M a.efi; ln -s a.efi b.efi; touch c C1 d.efi")
    let error = #expect(throws: DiskError.self) {
      try EFISystemPartition(sizeInBytes: 62 << 20).check(directory)
    }
    #expect(
      error?.description.contains("need 80.0 MiB") == true, "\(String(describing: error))")
  }
}
