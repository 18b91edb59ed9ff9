import SystemPackage
import TestSupport
import Testing

@testable import Bindings
@testable import Configuration
@testable import ImageBuilderCore

/// Images for boards from a small tree that has files in the places of Debian's packages.
@Suite(.serialized) struct BoardTests {
  private let fixture: Fixture
  private let root: DeploymentRoot

  init() throws {
    fixture = try Fixture()
    root = DeploymentRoot(in: fixture)
    try Shell.run(
      """
      mkdir -p '\(root.path)'/usr/lib/{raspi-firmware/overlays,linux-image-6.1-arm64/broadcom} \
        '\(root.path)'/usr/lib/u-boot/{rpi_arm64,pinebook-pro-rk3399} \
        '\(root.path)'/usr/lib/efi_binaries/EFI/BOOT '\(fixture.path("sysroot"))'/ostree/repo/objects
      cd '\(root.path)/usr/lib'
      for file in raspi-firmware/{bootcode.bin,start4.elf,fixup4.dat} efi_binaries/EFI/BOOT/BOOTAA64.EFI \
        u-boot/rpi_arm64/u-boot.bin u-boot/pinebook-pro-rk3399/{idbloader.img,u-boot.itb} \
        linux-image-6.1-arm64/broadcom/{bcm2711-rpi-4-b.dtb,bcm2837-rpi-3-b.dtb,other.dtb}; do
        head -c 70000 /dev/urandom > $file
      done
      ln -s bootcode.bin raspi-firmware/link.bin
      """)
  }

  private func plan(
    _ name: String, table: PartitionTableKind = .dos, mebibytes: UInt64 = 62
  ) throws -> DiskPlan {
    let board = try #require(Board.named(name))
    return DiskPlan(
      table, arch: board.arch, marksRootForGrowth: true,
      efiSystem: EFISystemPartition(sizeInBytes: mebibytes << 20, fat: board.efiSystemFAT),
      board: board)
  }

  /// Makes an image, twice with the same bytes.
  private func image(_ plan: DiskPlan) async throws -> (FilePath, PartitionTable) {
    let image = DiskImage(
      sysroot: fixture.path("sysroot"), deployment: root, plan: plan,
      identifiers: DerivedIdentifiers(["test"]), tools: ImageTools(timestamp: 1_700_000_000),
      earliestOwnTime: 0
    ) { _ in }
    try image.clampTimes()
    let layout = FilesystemLayout(
      try FilesystemContent(of: image.sysroot), freeBytes: 1 << 20)
    let paths = ["image", "again"].map(fixture.path)
    var table: PartitionTable?
    for path in paths {
      try Shell.run("chattr -R -f -i '\(root.path)' || true")
      table = try await image.make(at: path, layout)
    }
    try Shell.run("cmp '\(paths[0])' '\(paths[1])'; rm '\(paths[1])'")
    return (paths[0], try #require(table))
  }

  @Test(arguments: [PartitionTableKind.dos, .gpt])
  func aRaspberryPiHasItsFirmwareInTheEFISystemPartition(table: PartitionTableKind) async throws {
    let (image, layout) = try await image(plan("rpi", table: table))
    let partition = try #require(layout[.efiSystem])
    #expect(partition.start == 2048 && layout.partitions.count == 2)
    let found = try Shell.run(
      """
      cd '\(fixture.directory)'
      export MTOOLS_SKIP_CHECK=1
      sfdisk --part-type image 1 | tr -d " "
      mdir -b -/ -i image@@\(partition.startInBytes) ::
      mkdir copy
      mcopy -s -i image@@\(partition.startInBytes) :: copy
      dd if=image of=esp bs=1M skip=1 count=\(partition.sizeInBytes >> 20) status=none
      fsck.vfat -n esp >/dev/null; file -b esp | grep -o 'FAT (.. bit)'
      cat copy/config.txt
      cd copy; lib='\(root.path)/usr/lib'
      cmp kernel8.img "$lib/u-boot/rpi_arm64/u-boot.bin"
      for file in bootcode.bin link.bin start4.elf fixup4.dat; do
        cmp $file "$lib/raspi-firmware/$file"
      done
      for file in bcm2711-rpi-4-b.dtb bcm2837-rpi-3-b.dtb; do
        cmp $file "$lib/linux-image-6.1-arm64/broadcom/$file"
      done
      cmp EFI/BOOT/BOOTAA64.EFI "$lib/efi_binaries/EFI/BOOT/BOOTAA64.EFI"
      """
    ).lines
    #expect(found.first == (table == .dos ? "c" : "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"))
    #expect(
      Set(found.filter { $0.hasPrefix("::") }) == [
        "::/EFI/", "::/EFI/BOOT/", "::/EFI/BOOT/BOOTAA64.EFI", "::/bcm2711-rpi-4-b.dtb",
        "::/bcm2837-rpi-3-b.dtb",
        "::/bootcode.bin", "::/config.txt", "::/fixup4.dat", "::/kernel8.img", "::/link.bin",
        "::/start4.elf",
      ])
    #expect(
      found.suffix(5) == [
        "FAT (32 bit)", "arm_64bit=1", "enable_uart=1", "upstream_kernel=1", "kernel=kernel8.img",
      ])
    let roles = try ImagePartitions(
      of: RawDiskImage(path: image, sizeInBytes: layout.imageSizeInBytes)
    ).partitions.map(\.role)
    #expect(roles == [.efiSystem, .root])
  }

  @Test(arguments: [PartitionTableKind.dos, .gpt])
  func aPinebookProHasItsLoaderBeforeTheFirstPartition(table: PartitionTableKind) async throws {
    let (image, layout) = try await image(plan("pinebookpro", table: table))
    #expect(layout[.efiSystem]?.start == 32768)
    // sfdisk finds no fault in the table.
    try Shell.run(
      """
      sfdisk --verify '\(image)'
      cd '\(root.path)/usr/lib/u-boot/pinebook-pro-rk3399'
      cmp -n 70000 idbloader.img '\(image)' 0 $((64 * 512))
      cmp -n 70000 u-boot.itb '\(image)' 0 $((16384 * 512))
      """)
  }

  @Test(arguments: [
    ("rpi", "raspi-firmware/*", "the tree has no usr/lib/raspi-firmware/*,", "raspi-firmware"),
    (
      "rpi", "linux-image-6.1-arm64", "no usr/lib/linux-image-*/broadcom/bcm2*-rpi-*.dtb",
      "linux-image-arm64"
    ),
    ("rpi", "u-boot/rpi_arm64/u-boot.bin", "no usr/lib/u-boot/rpi_arm64/u-boot.bin", "u-boot-rpi"),
    (
      "pinebookpro", "u-boot", "no usr/lib/u-boot/pinebook-pro-rk3399/idbloader.img",
      "u-boot-rockchip"
    ),
  ])
  func whatTheTreeLacksIsNamedWithItsPackage(
    name: String, removed: String, problem: String, package: String
  ) throws {
    try Shell.run("cd '\(root.path)/usr/lib'; rm -r \(removed)")
    let error = #expect(throws: DiskError.self) { try plan(name).checkBootFiles(of: root) }
    #expect(error?.description.contains(problem) == true, "\(String(describing: error))")
    #expect(error?.description.contains("build:platform \(name)") == true)
    #expect(error?.description.contains("add the package \(package) to it") == true)
  }

  @Test func whatDoesNotFitIsRefused() throws {
    try Shell.run(
      "cd '\(root.path)/usr/lib'; truncate -s 9M u-boot/pinebook-pro-rk3399/idbloader.img")
    var error = #expect(throws: DiskError.self) { try plan("pinebookpro").checkBootFiles(of: root) }
    #expect(
      error?.description.contains("there is room for 8355840 bytes from its sector on") == true)
    try Shell.run("cd '\(root.path)/usr/lib'; truncate -s 65M raspi-firmware/start.elf")
    error = #expect(throws: DiskError.self) { try plan("rpi").checkBootFiles(of: root) }
    #expect(error?.description.contains("raise image:esp_size") == true)
    try plan("rpi", mebibytes: 80).checkBootFiles(of: root)
  }

  /// mtools would take some of these names for options, drives, or the image itself.
  @Test func namesMeanNothingElse() async throws {
    let directory = "cd '\(root.path)/usr/lib/raspi-firmware'"
    try Shell.run("\(directory); touch -- -i image board 'a b'; mkdir directory")
    let (image, layout) = try await image(plan("rpi"))
    let start = try #require(layout[.efiSystem]).startInBytes
    let names = try Shell.run("MTOOLS_SKIP_CHECK=1 mdir -b -i '\(image)@@\(start)' ::").lines
    for name in ["-i", "image", "board", "a b"] { #expect(names.contains("::/\(name)")) }
    for name in ["a:b", "efi", "START4.elf"] {
      try Shell.run("\(directory); touch '\(name)'")
      let error = #expect(throws: DiskError.self) { try plan("rpi").checkBootFiles(of: root) }
      #expect(error?.description.contains("/\(name)") == true)
      try Shell.run("\(directory); rm '\(name)'")
    }
  }

  @Test func aFileOfTheHostIsNotTaken() throws {
    let secret = try fixture.write("secret", "the host's")
    try Shell.run(
      "cd '\(root.path)/usr/lib/raspi-firmware'; ln -sf '\(secret)' start4.elf; mkfifo pipe.bin")
    #expect(throws: LinuxError.self) { try plan("rpi").checkBootFiles(of: root) }
    try Shell.run("cd '\(root.path)/usr/lib/raspi-firmware'; rm start4.elf")
    let error = #expect(throws: TreeError.self) { try plan("rpi").checkBootFiles(of: root) }
    #expect(error?.description.contains("raspi-firmware/pipe.bin") == true)
  }
}
