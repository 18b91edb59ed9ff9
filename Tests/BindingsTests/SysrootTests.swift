import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Bindings

@Suite struct SysrootTests {
  let fixture: Fixture
  let content: Repository
  let source: RepositoryFixture
  let sysroot: Sysroot

  init() throws {
    fixture = try Fixture()
    source = try RepositoryFixture(fixture, tree: try SmallTree.make(fixture))
    content = try Repository(openingOrCreatingBareAt: fixture.path("content"))
    let remote = Remote(name: "test", url: "file://\(source.path)")
    try content.replaceRemote(remote, trusting: [source.key.publicKey])
    try content.pull(
      RepositoryFixture.ref, from: remote, cancellation: Cancellation(), report: { _ in })
    sysroot = try Sysroot(initializingAt: try fixture.makeDirectory("sysroot"))
    try sysroot.createStateroot("test")
    try sysroot.repository.pullLocally(
      source.commit, from: content.path, cancellation: Cancellation())
  }

  private func deploy(_ origin: UpdateOrigin) throws -> Deployment {
    try sysroot.deploy(
      source.commit, stateroot: "test", origin: origin,
      kernelArguments: ["rw", "console=a", "console=b"])
  }

  @Test func aDeploymentHasItsBootEntryAndOrigin() throws {
    let deployment = try deploy(.refspec("test:os/test"))
    #expect(deployment.name == "\(source.commit).0")
    #expect(deployment.relativePath == FilePath("ostree/deploy/test/deploy/\(source.commit).0"))
    let entry = try Shell.run("cat '\(sysroot.path)'/boot/loader/entries/*.conf").output
    #expect(entry.contains("rw console=a console=b ostree=/ostree/boot."))
    let origin = try fixture.text("sysroot/\(deployment.relativePath).origin")
    #expect(origin.contains("refspec=test:os/test"))
    #expect(!origin.contains("unconfigured-state"))
  }

  @Test func anUnconfiguredOriginSaysWhy() throws {
    let deployment = try deploy(.unconfigured(refspec: "test:os/test", reason: "no server"))
    let origin = try fixture.text("sysroot/\(deployment.relativePath).origin")
    #expect(origin.contains("unconfigured-state=no server"))
  }

  @Test func theDeploymentIsNotImmutableOnTheHost() throws {
    let deployment = try deploy(.refspec("test:os/test"))
    let root = sysroot.path.pushing(deployment.relativePath)
    let flags = try #require(
      Shell.run("lsattr -d '\(root)'").output.split(separator: " ").first)
    #expect(!flags.contains("i"))
  }

  @Test func configurationKeysAreWritten() throws {
    try sysroot.repository.setConfiguration("sysroot", "bootloader", to: "none")
    #expect(try fixture.text("sysroot/ostree/repo/config").contains("bootloader=none"))
  }
}
