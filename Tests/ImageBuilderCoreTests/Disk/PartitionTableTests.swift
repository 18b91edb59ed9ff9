import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

@Suite struct PartitionTableTests {
  /// Returns what sfdisk reads from an image to which it has written the script of the table.
  private func dump(_ table: PartitionTable) throws -> String {
    let fixture = try Fixture()
    let script = try fixture.write(
      "script", table.sfdiskScript(DerivedIdentifiers(["1", "commit"])))
    let image = fixture.path("image")
    return try Shell.run(
      """
      truncate -s \(table.imageSizeInBytes) '\(image)'
      sfdisk -q --no-reread --no-tell-kernel '\(image)' < '\(script)'
      sfdisk --dump '\(image)'
      """
    ).output
  }

  @Test func gptHasThreePartitionsAndTheGrowthMarker() throws {
    let table = PartitionTable(
      DiskPlan(.gpt, arch: .amd64, marksRootForGrowth: true),
      rootSizeInBytes: (100 << 20) - 5)
    #expect(table[.root]?.sizeInBytes == 100 << 20)
    let lines = try dump(table).split(separator: "\n").filter { $0.contains("start=") }
    #expect(lines.count == 3)
    #expect(
      lines[0].contains(
        "start=        2048, size=      126976, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B"))
    #expect(lines[1].contains("size=        2048, type=21686148-6449-6E6F-744E-656564454649"))
    #expect(lines[2].contains("type=4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709"))
    #expect(lines[2].contains("attrs=\"GUID:55\""))
  }

  @Test func withoutTheMarkerThereIsNoAttribute() throws {
    let table = PartitionTable(
      DiskPlan(.gpt, arch: .arm64, marksRootForGrowth: false), rootSizeInBytes: 1 << 20)
    let text = try dump(table)
    #expect(!text.contains("attrs"))
    #expect(text.contains("type=B921B045-1DF0-41C3-AF44-4C6F280D3FAE"))
    #expect(table.partitions.count == 2)
  }

  @Test func dosHasAnEFIAndALinuxPartition() throws {
    let table = PartitionTable(
      DiskPlan(.dos, arch: .amd64, marksRootForGrowth: true), rootSizeInBytes: 10 << 20)
    let lines = try dump(table).split(separator: "\n").filter { $0.contains("start=") }
    #expect(lines.count == 2)
    #expect(lines[0].contains("type=ef"))
    #expect(lines[1].contains("type=83"))
  }

  @Test(arguments: [
    (PartitionTableKind.gpt, Firmware.uefi, [PartitionTable.Role.efiSystem, .root]),
    (.gpt, .bios, [.biosBoot, .root]), (.dos, .uefi, [.efiSystem, .root]), (.dos, .bios, [.root]),
  ])
  func anImageForOneFirmwareHasNoPartitionForTheOther(
    table: PartitionTableKind, firmware: Firmware, roles: [PartitionTable.Role]
  ) throws {
    let plan = DiskPlan(table, firmware: [firmware], arch: .amd64, marksRootForGrowth: true)
    let layout = PartitionTable(plan, rootSizeInBytes: 64 << 20)
    #expect(layout.partitions.map(\.role) == roles)
    #expect(layout.partitions[0].start == 2048)
    #expect(try dump(layout).split(separator: "\n").count { $0.contains("start=") } == roles.count)
  }

  @Test func identifiersFollowFromTheInputs() {
    let one = DerivedIdentifiers(["a", "b"])
    #expect(one.uuid("root") == DerivedIdentifiers(["a", "b"]).uuid("root"))
    #expect(one.uuid("root") != one.uuid("disk"))
    #expect(one.uuid("root") != DerivedIdentifiers(["ab", ""]).uuid("root"))
    #expect(UUID(uuidString: one.uuid("root")) != nil)
    #expect(one.volumeID("efi").count == 8)
  }
}
