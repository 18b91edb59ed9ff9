import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// What is read of `squeue --json`.
@Suite struct SlurmListingTests {
  private static let name = "image-builder:eos/master/amd64/amd64/en"

  private func job(
    _ state: String, exitCode: String = "0", reason: String = "None", name: String = Self.name
  ) throws -> SlurmJob? {
    try SlurmListing(
      parsing: """
        {"errors": [], "jobs": [{"job_id": 7, "name": "\(name)", "job_state": \(state),
          "state_reason": "\(reason)", "exit_code": \(exitCode), "nodes": "n2", "user_name": "root",
          "comment": "nightly 261129-020000 c0ffee", "submit_time": 100,
          "start_time": {"set": true, "infinite": false, "number": 200}, "end_time": 300}]}
        """
    ).jobs.first
  }

  @Test(arguments: [
    (#""PENDING""#, SlurmJob.State.pending("Resources")), (#"["PENDING"]"#, .pending("Resources")),
    (#""RUNNING""#, .running), (#"["RUNNING", "COMPLETING"]"#, .running),
    (#""COMPLETING""#, .running), (#"["COMPLETED", "COMPLETING"]"#, .running),
    (#"["PENDING", "CONFIGURING"]"#, .running), (#""COMPLETED""#, .completed),
    (#""CANCELLED""#, .cancelled), (#""PREEMPTED""#, .cancelled), (#""NODE_FAIL""#, .nodeFail),
    (#""BOOT_FAIL""#, .nodeFail), (#""TIMEOUT""#, .timeout), (#""DEADLINE""#, .timeout),
    (#""OUT_OF_MEMORY""#, .outOfMemory), (#"["OUT_OF_MEMORY"]"#, .outOfMemory),
    (#""SOMETHING_NEW""#, .unknown("SOMETHING_NEW")),
  ])
  func statesOfOldAndNewFormsAreRead(_ text: String, _ state: SlurmJob.State) throws {
    #expect(try job(text, reason: "Resources")?.state == state)
  }

  @Test(arguments: [
    ("16640", 65), ("512", 2), ("9", 137), ("15", 143), ("139", 139), ("0", 2),
    (#"{"status": "ERROR", "return_code": 65}"#, 65),
    (
      #"{"status": ["ERROR"], "return_code": {"set": true, "infinite": false, "number": 65}, "#
        + #""signal": {"id": {"set": false, "infinite": false, "number": 0}, "name": ""}}"#, 65
    ),
    (
      #"{"return_code": {"set": true, "number": 0}, "signal": {"id": {"set": true, "number": 15}}}"#,
      143
    ),
    (#"{"return_code": 0, "signal": {"signal_id": 9, "name": "KILL"}}"#, 137),
  ])
  func exitCodesOfOldAndNewFormsAreRead(_ text: String, _ status: Int32) throws {
    #expect(
      try job(#""FAILED""#, exitCode: text)?.state == .failed(.init(rawValue: status)))
  }

  @Test func aJobIsReadWhole() throws {
    let job = try #require(try job(#""FAILED""#, exitCode: "16640", reason: "NonZeroExitCode"))
    #expect(job.id == 7 && job.variant.path == "eos/master/amd64/amd64/en" && job.node == "n2")
    #expect(job.submitted == 100 && job.started == 200 && job.ended == 300)
    #expect(
      job.purpose == JobPurpose(fleet: "nightly", buildVersion: "261129-020000", inputs: "c0ffee"))
    #expect(job.description == "job 7 on n2 ended with status 65")
    // Slurm's plans are no facts.
    #expect(try self.job(#""PENDING""#)?.started == nil && self.job(#""RUNNING""#)?.ended == nil)
  }

  @Test(arguments: ["PartitionConfig", "BadConstraints", "JobHeldUser", "InvalidQOS"])
  func whatWaitsForEverIsImpossible(_ reason: String) throws {
    let job = try #require(try job(#""PENDING""#, reason: reason))
    #expect(job.state == .impossible(reason) && job.state.isFinal && job.ended == nil)
    #expect(job.description.hasPrefix("job 7 on n2 never starts: \(reason): "))
  }

  @Test(arguments: [
    "hello", "image-builder:eos", "Image-builder:a/b/c/d/e", "image-builder:a/b/../d/e",
  ])
  func jobsOfOthersAreLeftOut(_ name: String) throws {
    #expect(try job("17", exitCode: "null", name: name) == nil)
  }

  @Test(arguments: [
    ("17", "0"), ("[]", "0"), (#""FAILED""#, #""x""#), (#""FAILED""#, "-1"), ("null", "0"),
  ])
  func ourJobsMustBeWhole(_ state: String, _ exitCode: String) {
    #expect(throws: DecodingError.self) { try job(state, exitCode: exitCode) }
  }

  @Test func ofALongQueueOnlyOurJobsAreRead() throws {
    let members = (0..<120).map { "\"member_\($0)\": null" }.joined(separator: ", ")
    func job(_ id: Int) -> String {
      let name = id % 1000 == 0 ? Self.name : "job \(id)"
      return """
        {"job_id": \(id), "name": "\(name)", "job_state": "PENDING", "exit_code": 0, \(members)}
        """
    }
    let text = (1...4000).map(job).joined(separator: ",\n")
    let jobs = try SlurmListing(parsing: "{\"jobs\": [\(text)], \"errors\": []}").jobs
    #expect(jobs.map(\.id) == [1000, 2000, 3000, 4000])
  }

  @Test func theJobThatMattersIsTheOneThatGoesOn() throws {
    func job(_ id: UInt64, _ state: SlurmJob.State, of version: String = "2") throws -> SlurmJob {
      let job = try #require(try self.job(#""RUNNING""#))
      return SlurmJob(
        id: id, variant: job.variant, state: state, reason: "", node: "", user: "",
        purpose: JobPurpose(fleet: "nightly", buildVersion: version, inputs: "c0ffee"),
        submitted: nil, started: nil, ended: nil)
    }
    func current(_ jobs: [SlurmJob]) throws -> UInt64? {
      SlurmJob.current(jobs, of: try job(1, .running).variant, "2")?.id
    }
    #expect(try current([]) == nil)
    #expect(try current([job(1, .completed, of: "1")]) == nil, "an earlier run")
    #expect(try current([job(1, .running, of: "1"), job(2, .pending("Dependency"))]) == 1)
    #expect(try current([job(1, .completed), job(2, .pending("Priority"), of: "3")]) == 2)
    #expect(try current([job(3, .completed), job(2, .cancelled)]) == 3)
  }

  private func queue(_ squeue: String) throws -> (Fixture, SlurmQueue) {
    let fixture = try Fixture()
    try fixture.write("bin/squeue", "#!/bin/bash\n\(squeue)\n", mode: 0o755)
    return (
      fixture,
      SlurmQueue(configuration: nil, searchPath: "\(fixture.path("bin")):\(SearchPath.standard)")
    )
  }

  @Test(arguments: [
    "echo", "echo '{'", "echo '[]'", "echo '{\"jobs\": 3}'", "echo 'JOBID PARTITION'",
    "printf '{\"jobs\": '; printf '[%.0s' {1..100000}",
    "printf '{\"jobs\": [{\"name\": \"\(name)\"}]}'",
    "printf '\\xff\\xfe\\x00'", "head -c 300M /dev/zero",
  ])
  func whatIsNoListIsRefused(_ squeue: String) async throws {
    let (fixture, queue) = try queue(squeue)
    let error = await #expect(throws: SlurmError.self) { try await queue.jobs() }
    guard case .unreadable? = error else { return #expect(Bool(false), "\(error as Any)") }
    #expect(error?.exitStatus == .unavailable && fixture.exists("bin/squeue"))
  }

  @Test(arguments: [
    ("echo 'squeue: error: no' >&2; exit 1", "squeue: error: no"), ("kill -9 $$", "signal 9"),
    (#"echo '{"jobs": [], "errors": [{"description": "none", "source": "x"}]}'"#, "x: none"),
  ])
  func aFailureIsNoEmptyQueue(_ squeue: String, _ message: String) async throws {
    let (fixture, queue) = try queue(squeue)
    let error = await #expect(throws: SlurmError.self) { try await queue.jobs() }
    guard case .unreachable(let text)? = error else {
      return #expect(Bool(false), "\(error as Any)")
    }
    #expect(text.contains(message) && fixture.exists("bin/squeue"))
  }

  @Test func withoutSlurmThePackageIsNamed() async throws {
    let error = await #expect(throws: MissingTool.self) {
      try await SlurmQueue(configuration: nil, searchPath: "/nonexistent").jobs()
    }
    #expect(error?.exitStatus == .unavailable)
    #expect("\(error!)".contains("apt-get install slurm-client"))
  }
}
