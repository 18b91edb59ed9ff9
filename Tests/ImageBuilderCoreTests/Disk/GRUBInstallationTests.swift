import SystemPackage
import TestSupport
import Testing

@testable import Bindings
@testable import Configuration
@testable import ImageBuilderCore

/// BIOS boot code from trees with and without a core image.
@Suite(.serialized) struct GRUBInstallationTests {
  private let plan = DiskPlan(.gpt, arch: .amd64, marksRootForGrowth: true)

  /// Returns whether the image gets boot code, and what is said.
  private func bootCode(
    _ deployment: DeploymentRoot, _ sysroot: FilePath, _ plan: DiskPlan
  ) throws -> (isThere: Bool, said: [String]) {
    var said: [String] = []
    let code = try BIOSBootCode(
      deployment: deployment, sysroot: sysroot,
      table: PartitionTable(plan, rootSizeInBytes: 1 << 20)
    ) { said.append($0) }
    return (code != nil, said)
  }

  @Test func aCoreImageIsMadeFromTheModulesOfTheTree() async throws {
    let tree = try HookFixture()
    let sysroot = tree.fixture.path("sysroot")
    var said: [String] = []
    try await GRUBInstallation(
      deployment: tree.deployment, sysroot: sysroot, plan: plan,
      enterRoot: Checkout.directory.appending("helpers/enter-root")
    ) { said.append($0) }.make()
    #expect(said == ["made boot/grub/i386-pc/core.img from the GRUB modules of the tree"])
    #expect(tree.fixture.exists("sysroot/boot/grub/i386-pc/normal.mod"))
    #expect(tree.fixture.exists("sysroot/boot/grub/i386-pc/moddep.lst"))
    let code = try bootCode(tree.deployment, sysroot, plan)
    #expect(code.isThere && code.said == [])
  }

  @Test func onlyWhatIsMissingIsNamed() async throws {
    let fixture = try Fixture()
    let deployment = DeploymentRoot(
      Deployment(stateroot: "eos", checksum: "0", name: "0.0", relativePath: "tree"),
      sysroot: fixture.directory)
    _ = try fixture.makeDirectory("tree/usr/lib/grub/i386-pc")
    try fixture.write("tree/usr/lib/grub/i386-pc/boot.img", "")
    var found = try bootCode(deployment, fixture.directory, plan)
    #expect(!found.isThere && found.said.count == 1)
    #expect(
      found.said.first?.contains("the tree has no usr/lib/grub/core-bios.img (it can be") == true)
    try Shell.run(
      "cd '\(fixture.path("tree/usr/lib/grub"))'; rm i386-pc/boot.img; echo core >core-bios.img")
    found = try bootCode(deployment, fixture.directory, plan)
    #expect(
      found.said.first?.contains("no usr/lib/grub/i386-pc/boot.img, so the image does") == true)
    let bios = DiskPlan(.gpt, firmware: [.bios], arch: .amd64, marksRootForGrowth: true)
    #expect(throws: DiskError.self) { try bootCode(deployment, fixture.directory, bios) }
  }
}
