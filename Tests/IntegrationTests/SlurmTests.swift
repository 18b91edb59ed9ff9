import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// Jobs on a real cluster of two machines.
@Suite(.serialized) struct SlurmTests {
  private typealias Jobs = ClusterJobs

  @Test func aVariantIsBuiltByOneJobAtATimeAndForgotten() async throws {
    let jobs = try ClusterJobs(options: ["MinJobAge=2"])
    let first = try await jobs.queue.submit(
      jobs.submission(
        "until [ -e go ]; do sleep 0.1; done; exit 65", longest: .seconds(61)))
    let listed = try #require(try await jobs.queue.jobs().first)
    #expect(listed.id == first && listed.variant == Jobs.variant && listed.user == "root")
    #expect(
      listed.purpose
        == JobPurpose(fleet: "nightly", buildVersion: Jobs.buildVersion, inputs: "c0ffee"))
    #expect(listed.ended == nil && listed.submitted != nil)
    let text = try Shell.run(
      "scontrol show job \(first)",
      environment: ["SLURM_CONF": jobs.cluster.configuration.string]
    ).output
    for setting in [
      "JobName=image-builder:\(Jobs.variant)\n", "Comment=nightly \(Jobs.buildVersion) c0ffee",
      "TimeLimit=00:02:00", "Requeue=0", "MinMemoryNode=300M", "CPUs/Task=1", "WorkDir=/\n",
    ] { #expect(text.contains(setting), "\(setting)") }
    let second = try await jobs.queue.submit(jobs.submission("echo second; exit 0"))
    try await jobs.wait {
      $0.map(\.state) == [.running, .pending("Dependency")] && $0.map(\.id) == [first, second]
    }
    try jobs.fixture.write("go", "")
    var states: [UInt64: SlurmJob.State] = [:]
    let changes = try await jobs.watch { _, _ in
      for job in try await jobs.queue.jobs() { states[job.id] = job.state }
    }
    #expect(states == [first: .failed(.dataError), second: .completed])
    #expect(try jobs.output() == "second\n")
    let ended = try #require(changes[Jobs.variant]?.last ?? nil)
    #expect(ended.id == second && ended.state == .completed && ended.ended != nil)
    #expect(try [.n1, .n2].map(jobs.cluster.name).contains(ended.node))
    #expect(ended.description == "job \(second) on \(ended.node) succeeded")
    // Slurm forgets, and the watch does not wait for what is not there.
    try await jobs.wait { $0.isEmpty }
    #expect(try await jobs.watch() == [Jobs.variant: [nil]])
  }

  @Test func nothingOfTheCallersEnvironmentGetsToTheCluster() async throws {
    setenv("IMAGE_BUILDER_TEST_SECRET", "topsecret-7391", 1)
    defer { unsetenv("IMAGE_BUILDER_TEST_SECRET") }
    let jobs = try ClusterJobs()
    let id = try await jobs.queue.submit(jobs.submission("env; echo $0 \"$PWD\"; sleep 20"))
    try await jobs.wait { $0.contains { $0.state == .running } }
    try await jobs.wait { _ in (try? jobs.output().contains("SLURM_JOB_ID=\(id)")) == true }
    #expect(try !jobs.output().contains("topsecret"))
    let found = try Shell.start("/bin/grep", ["-rl", "topsecret", jobs.cluster.savedState.string])
    #expect(found.status == 1 && found.output.isEmpty)
    #expect(
      try Shell.run("grep -rl c0ffee '\(jobs.cluster.savedState)'").lines.count > 0,
      "jobs are kept there")
    try await jobs.queue.cancel(jobs.queue.jobs())
    try await jobs.wait { $0.allSatisfy(\.state.isFinal) }
  }

  @Test func argumentsArriveAsTheyAre() async throws {
    let jobs = try ClusterJobs()
    var submission = jobs.submission("printf '%s\\0' \"$@\" >arguments")
    let words = ["it's", "a \"b\" $HOME `id`", "line\n#SBATCH --hold", "*", "", "--", "\\", "ü;&|"]
    submission = SlurmSubmission(
      variant: submission.variant, purpose: submission.purpose, needs: submission.needs,
      program: submission.program, arguments: submission.arguments + ["bash"] + words,
      output: nil, options: ["--cpus-per-task=2"])
    _ = try await jobs.queue.submit(submission)
    let job = try #require(try await jobs.watch()[Jobs.variant]?.last ?? nil)
    #expect(job.state == .completed)
    let arrived = try jobs.fixture.text("arguments").split(
      separator: "\0", omittingEmptySubsequences: false)
    #expect(arrived.dropLast().map(String.init) == words)
  }

  @Test func theLayersOptionsWin() async throws {
    let jobs = try ClusterJobs()
    let machine = try jobs.cluster.name(of: .n2)
    _ = try await jobs.queue.submit(
      jobs.submission("uname -n; echo $SLURM_CPUS_PER_TASK", options: ["-w", machine, "-c2"]))
    let job = try #require(try await jobs.watch()[Jobs.variant]?.last ?? nil)
    #expect(job.node == machine)
    #expect(try jobs.output() == "\(machine)\n2\n")
  }

  @Test func aCancelledProgramGetsItsTimeToEnd() async throws {
    let jobs = try ClusterJobs()
    _ = try await jobs.queue.submit(
      jobs.submission(
        """
        trap 'sleep 1; echo cleaned up; exit 143' TERM
        sleep 100 & echo $! >child
        while :; do wait; done
        """))
    try await jobs.wait { _ in jobs.fixture.exists("child") }
    let running = try await jobs.queue.jobs()
    try await jobs.queue.cancel(running)
    let job = try #require(try await jobs.watch()[Jobs.variant]?.last ?? nil)
    #expect(job.state == .cancelled && job.description.contains("was cancelled"))
    #expect(try jobs.output().hasSuffix("cleaned up\n"))
    // Those that have ended are left out.
    try await jobs.queue.cancel(running)
    #expect(try jobs.processes.isEmpty)
  }

  @Test func aLostControllerIsWaitedFor() async throws {
    let jobs = try ClusterJobs()
    _ = try await jobs.queue.submit(jobs.submission("exit 0"))
    try jobs.cluster.killController()
    // squeue itself says that there are no jobs, and ends with 0.
    let error = await #expect(throws: SlurmError.self) { try await jobs.queue.jobs() }
    guard case .unreachable? = error else { return #expect(Bool(false), "\(error as Any)") }
    #expect(error?.exitStatus == .unavailable)
    #expect("\(error!)".contains("Failed while looking for jobs"))
    let submission = jobs.submission("exit 0")
    await #expect(throws: error!) { try await jobs.queue.submit(submission) }
    let said = Messages()
    async let changes = jobs.watch(said: said)
    while said.all.isEmpty { try await Task.sleep(for: .milliseconds(50)) }
    try await Task.sleep(for: .seconds(5))
    #expect(said.all == ["warning: \(error!)"], "once")
    try jobs.cluster.startController()
    let last = try #require(try await changes[Jobs.variant]?.last)
    #expect(said.all.count == 2)
    #expect(said.all[1].hasPrefix("the controller of Slurm answers again, after "))
    // The job ran, or the controller has never heard of it.
    #expect(last == nil || last?.state == .completed, "\(last as Any)")
    _ = try await jobs.queue.submit(jobs.submission("echo again"))
    #expect(try await jobs.watch()[Jobs.variant]?.last??.state == .completed)
    #expect(try jobs.output() == "again\n")
  }

  @Test func aJobOnALostMachineIsNotRunAgain() async throws {
    let jobs = try ClusterJobs()
    // One loses its power, the other its network.
    for (variant, machine) in [(Jobs.variant, SlurmCluster.Machine.n1), (Jobs.other, .n2)] {
      _ = try await jobs.queue.submit(
        jobs.submission(
          "echo run >>runs-\(machine); sleep 20; echo end >>runs-\(machine)", of: variant,
          options: ["-w", jobs.cluster.name(of: machine)]))
    }
    try await jobs.wait { _ in jobs.fixture.exists("runs-n1") && jobs.fixture.exists("runs-n2") }
    try jobs.cluster.kill(.n1)
    try jobs.cluster.unplug(.n2)
    let changes = try await jobs.watch([Jobs.variant, Jobs.other])
    for variant in [Jobs.variant, Jobs.other] {
      let job = try #require(changes[variant]?.last ?? nil)
      #expect(job.state == .nodeFail && job.description.contains("was lost with its machine"))
    }
    #expect(try jobs.fixture.text("runs-n2") == "run\n")
    try jobs.cluster.start(.n1)
    let name = try jobs.cluster.name(of: .n1)
    _ = try await jobs.queue.submit(jobs.submission("uname -n", options: ["-w", name]))
    #expect(try await jobs.watch()[Jobs.variant]?.last??.state == .completed)
    #expect(try jobs.output() == "\(name)\n" && jobs.fixture.text("runs-n1") == "run\n")
    // A build that lost only its network goes on to its end, as its destination may show.
    try await jobs.wait { _ in (try? jobs.fixture.text("runs-n2")) == "run\nend\n" }
  }

  @Test func whatCannotBeIsNotWaitedFor() async throws {
    let jobs = try ClusterJobs()
    let unknown = jobs.submission("exit 0", options: ["--constraint=arm64"])
    let refusal = await #expect(throws: SlurmError.self) { try await jobs.queue.submit(unknown) }
    #expect(refusal?.exitStatus == .dataError)
    #expect("\(refusal!)".contains("\(Jobs.variant): sbatch: error: "))
    #expect("\(refusal!)".contains("Invalid feature specification"))
    let id = try await jobs.queue.submit(jobs.submission("exit 0", options: ["-c99"]))
    let job = try #require(try await jobs.watch()[Jobs.variant]?.last ?? nil)
    #expect(job.state == .impossible("PartitionConfig") && job.started == nil)
    #expect(job.description.hasPrefix("job \(id) never starts: PartitionConfig: no machine"))
    _ = try await jobs.queue.submit(jobs.submission("exit 0", of: Jobs.other, options: ["-c99"]))
    try await jobs.queue.cancel(jobs.queue.jobs().filter { $0.id == id })
    try await jobs.wait { $0.filter { $0.state == .cancelled }.map(\.id) == [id] }
  }

  @Test func theSecondMachineSeesOtherDirectoriesAndNothingIsLeft() async throws {
    let (shown, hidden) = (try Fixture(), try Fixture())
    try shown.write("settings", "of n1")
    try hidden.write("settings", "of n2")
    var jobs: ClusterJobs? = try ClusterJobs(mounts: [
      .n2: [shown.directory: hidden.directory, "/srv": nil]
    ])
    for (variant, machine) in [(Jobs.variant, SlurmCluster.Machine.n1), (Jobs.other, .n2)] {
      let name = try jobs!.cluster.name(of: machine)
      _ = try await jobs!.queue.submit(
        jobs!.submission(
          "cat '\(shown.path("settings"))'; findmnt -n -o FSTYPE /srv", of: variant,
          options: ["-w", name]))
    }
    try await jobs!.watch([Jobs.variant, Jobs.other])
    #expect(try jobs!.output() == "of n1")
    #expect(try jobs!.output(of: Jobs.other) == "of n2tmpfs\n")
    _ = try await jobs!.queue.submit(jobs!.submission("sleep 100"))
    try await jobs!.wait { $0.contains { $0.state == .running } }
    let directory = jobs!.cluster.configuration.removingLastComponent().string
    let name = try jobs!.cluster.name(of: .n1).dropFirst("n1x".count)
    jobs = nil
    let processes = try Shell.run("ps -eo args").lines
    #expect(!processes.contains { $0.contains(directory) || $0.contains(name) })
    #expect(try !Shell.run("ip -o link").output.contains(name))
    #expect(try Shell.run("find /sys/fs/cgroup -name '*\(name)*'").output.isEmpty)
  }
}

extension ClusterJobs {
  /// The processes that jobs have left.
  fileprivate var processes: [String] {
    get throws {
      try Shell.run("ps -eo stat,args").lines.filter {
        !$0.hasPrefix("Z") && $0.contains(fixture.directory.string)
      }
    }
  }
}
