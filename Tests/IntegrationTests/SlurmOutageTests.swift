import TestSupport
import Testing

@testable import ImageBuilderCore

/// A fleet on a cluster whose controller does not answer. Slurm's commands try for a minute.
@Suite struct SlurmOutageTests {
  @Test func aClusterThatDoesNotAnswerIsNoEmptyQueue() throws {
    let site = try FleetSite(1, "[fleet]\nscheduler = slurm\n")
    let missing = ["SLURM_CONF": site.checkout.fixture.path("slurm.conf").string]
    let build = try site.run("build", environment: missing)
    #expect(build.status == 69, "\(build.errors)\(build.output)")
    let state = try site.run("state", environment: missing)
    #expect(state.status == 0)
    #expect(
      state.output.contains("to build") && state.output.contains("controller"), "\(state.output)")
  }
}
