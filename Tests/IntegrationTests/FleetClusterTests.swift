import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// `image-builder fleet build` on a real cluster of two machines (fleet:scheduler = slurm).
@Suite(.serialized) struct FleetClusterTests {
  private static let slurm = "[fleet]\nscheduler = slurm\nsbatch_options = --mem=300M\n"

  private func environment(_ cluster: SlurmCluster) -> [String: String] {
    ["SLURM_CONF": cluster.configuration.string]
  }

  @Test func aFleetIsBuiltByTheMachinesOfACluster() throws {
    let site = try FleetSite(3, Self.slurm)
    let cluster = try SlurmCluster()
    let outcome = try site.run(
      "build", ["--build-version", "1"], environment: environment(cluster))
    try #require(outcome.status == 0, "\(outcome.errors)\(outcome.output)")
    #expect(outcome.output.contains("3 variants: 3 built"), "\(outcome.output)")
    for personality in ["a", "b", "c"] { #expect(try site.versions(personality) == ["1"]) }
    // The machine that failed or succeeded is told by the destination.
    let last = try Shell.run(
      "cat '\(site.checkout.published)'/.last/test/master/amd64/amd64/*.json | grep -c '\"node\"'")
    #expect(last.output == "3\n")
    let second = try site.run("build", ["--build-version", "2"], environment: environment(cluster))
    #expect(second.output.contains("3 variants: 3 up to date"), "\(second.output)\(second.errors)")
  }

  @Test func aMachineWithOtherInputsBuildsNothing() throws {
    let site = try FleetSite(2, Self.slurm)
    // The second machine has another setting of its own.
    let other = try site.checkout.fixture.makeDirectory("other-etc")
    try Shell.run(
      "cp -a '\(site.checkout.system)'/. '\(other)'; printf '[image]\\nhostname = other\\n' >>'\(other)/config.ini'"
    )
    let cluster = try SlurmCluster(mounts: [
      .n1: [site.checkout.system: other], .n2: [site.checkout.system: other],
    ])
    let outcome = try site.run(
      "build", ["--build-version", "1"], environment: environment(cluster))
    #expect(outcome.status == 2, "\(outcome.errors)\(outcome.output)")
    #expect(outcome.output.contains("2 variants: 2 failed"), "\(outcome.output)")
    for text in ["status 65", "this host has other inputs", "image:hostname"] {
      #expect(outcome.output.contains(text), "\(outcome.output)")
    }
    for personality in ["a", "b"] { #expect(try site.versions(personality) == []) }
  }

  @Test func jobsGoOnWithoutTheCommandAndAreFoundAgain() throws {
    let site = try FleetSite(1, Self.slurm)
    try site.checkout.addHook(
      "image", "50-wait",
      "touch \"$EIB_CACHEDIR/waiting\"\nwhile [ ! -e \"$EIB_CACHEDIR/go\" ]; do sleep 0.1; done\n")
    let cluster = try SlurmCluster()
    let first = try site.start(
      "build", ["--build-version", "1"], environment: environment(cluster))
    try site.checkout.waitForMark("waiting", of: first)
    first.send(SIGKILL)
    _ = first.wait()
    let state = try site.run("state", environment: environment(cluster))
    #expect(state.output.contains("running"), "\(state.output)\(state.errors)")
    let second = try site.start(
      "build", ["--build-version", "2"], environment: environment(cluster))
    usleep(3_000_000)
    try site.checkout.fixture.write("cache/go", "")
    let outcome = second.wait()
    #expect(outcome.status == 0, "\(outcome.errors)\(outcome.output)")
    #expect(try site.versions("a") == ["1"])
  }

  @Test func whatNoClusterCanBuildIsRefused() throws {
    let site = try FleetSite(1, Self.slurm)
    try site.checkout.addHook("ostree", "10-tree", "true\n")
    let cluster = try SlurmCluster()
    let outcome = try site.run("build", environment: environment(cluster))
    #expect(outcome.status == 2)
    let text = outcome.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(text.contains("composed by hooks"), "\(outcome.output)\(outcome.errors)")
  }

  @Test func thePageOfAFailedJobNamesItsMachine() throws {
    let site = try FleetSite(1, Self.slurm)
    try site.checkout.addHook("image", "50-fail", "exit 3\n")
    let cluster = try SlurmCluster()
    let outcome = try site.run("build", environment: environment(cluster))
    #expect(outcome.status == 2, "\(outcome.errors)\(outcome.output)")
    let page = try Shell.run("cat $(find '\(site.checkout.cache)' -name failure.txt)").output
    #expect(page.contains(/the whole log is \S+ on n[12], job [0-9]+\n/), "\(page)")
  }
}
