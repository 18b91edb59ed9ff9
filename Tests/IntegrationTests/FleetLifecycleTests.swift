import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// `image-builder fleet release`, `notes`, `rollback`, `prune` and `publish` with real builds.
@Suite(.serialized) struct FleetLifecycleTests {
  /// Boot tests are off, so a release accepts images that were never booted.
  @Test func versionsAreReleasedRolledBackAndPruned() throws {
    let site = try FleetSite(2)
    func build(_ version: String) throws {
      let outcome = try site.run("build", ["--build-version", version, "--rebuild"])
      try #require(outcome.status == 0, "\(outcome.errors)\(outcome.output)")
    }
    try build("1")
    let released = try site.run("release")
    try #require(released.status == 0, "\(released.errors)")
    let record = site.checkout.published.appending("releases/small/1.json")
    #expect(
      try Shell.run("test -s '\(record)' && test -s '\(record).asc'; echo $?").output == "0\n")
    #expect(try site.states()["a"]?["released"] == .boolean(true))
    #expect(try site.run("release").output.contains("is released"))
    // What is released is as it was.
    let version = "test/master/amd64/amd64/a/test-master-amd64-amd64.1.a"
    let verified = try site.checkout.build([
      "--verify", "\(site.checkout.published)/\(version)", "--key",
      site.checkout.signingKey.publicKey.string,
    ])
    #expect(verified.status == 0, "\(verified.errors)")
    try build("2")
    try build("3")
    // A report changes nothing.
    let shown = try site.run("rollback")
    #expect(shown.status == 0)
    #expect(try site.versions("a") == ["1", "2", "3"])
    #expect(try site.run("rollback", ["--yes"]).status == 0)
    #expect(try site.versions("a") == ["1", "2"])
    let refused = try site.run("rollback", ["1", "--yes"])
    #expect(refused.status == 65, "\(refused.output)\(refused.errors)")
    try build("4")
    let pruned = try site.run("prune", ["revision", "--yes"])
    #expect(pruned.status == 0, "\(pruned.errors)")
    #expect(try site.versions("a") == ["1", "4"])
    #expect(try site.versions("b") == ["1", "4"])
    let notes = try site.run("notes")
    #expect(notes.status == 0, "\(notes.errors)")
    #expect(notes.output.hasPrefix("#") && notes.output.contains("test/master/amd64/amd64/a"))
  }

  @Test func aReleaseIsRefusedAsAWhole() throws {
    let site = try FleetSite(2)
    try #require(try site.run("build", ["--build-version", "1", "--only", "a"]).status == 0)
    let outcome = try site.run("release")
    #expect(outcome.status == 65, "\(outcome.output)\(outcome.errors)")
    #expect(outcome.errors.contains("test/master/amd64/amd64/b"), "\(outcome.errors)")
    #expect(!site.checkout.fixture.exists("published/releases"))
  }
}
