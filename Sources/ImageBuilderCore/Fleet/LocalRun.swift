import Bindings
import Configuration
import SystemPackage

/// Builds variants beside each other on this host. A failure stops no other build.
///
/// Of the variants with the same tree, one begins alone. The others follow when it has pulled or
/// composed the tree, and take the same commit.
struct LocalRun {
  /// What is known of a tree.
  private enum Tree {
    case pulledBy(String)
    case isThere
  }

  private enum Event: Sendable {
    case build(String, BuildEvent)
    case end(BuildOutcome)
    case second
  }

  private let arguments: BuildArguments
  /// A directory for what is given to builds in files.
  private let directory: FilePath
  private var jobs: [FleetJob]
  private var admission: Admission
  private var display: FleetDisplay
  private var trees: [String: Tree] = [:]
  /// The commits that the first builds have composed.
  private var commits: [String: String] = [:]
  private var outcomes: [BuildOutcome] = []
  private var runningCount = 0

  /// - Parameter directory: a directory for what is given to builds in files.
  init(
    _ jobs: [FleetJob], _ admission: Admission, _ display: FleetDisplay,
    _ arguments: BuildArguments, directory: FilePath
  ) {
    self.jobs = jobs
    self.admission = admission
    self.display = display
    self.arguments = arguments
    self.directory = directory
  }

  /// Runs all builds to their end. If the task is cancelled, they are ended.
  ///
  /// - Returns: how they ended, in that order.
  consuming func run() async -> [BuildOutcome] {
    var state = self
    let (events, sink) = AsyncStream<Event>.makeStream()
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        while (try? await Task.sleep(for: .seconds(1))) != nil { sink.yield(.second) }
      }
      state.start(in: &group, sink)
      if state.runningCount > 0 {
        for await event in events {
          state.receive(event)
          state.start(in: &group, sink)
          if state.runningCount == 0 { break }
        }
      }
      group.cancelAll()
    }
    state.display.close()
    return state.outcomes
  }

  private mutating func receive(_ event: Event) {
    switch event {
    case .second: display.refresh()
    case .build(let name, .begin(let stage, let label)):
      display.show(name, stage: stage, label: label)
    case .build(let name, .end(Stage.ostree.rawValue, isStage: true, hasSucceeded: true)):
      for (tree, state) in trees {
        if case .pulledBy(name) = state { trees[tree] = .isThere }
      }
    case .build: break
    case .end(let outcome):
      runningCount -= 1
      admission.end(outcome.name)
      outcomes.append(outcome)
      display.end(outcome)
      // The next build of the tree tries to pull it.
      for (tree, state) in trees {
        if case .pulledBy(outcome.name) = state { trees[tree] = nil }
      }
    }
  }

  /// Begins the builds that there is room for.
  private mutating func start(
    in group: inout TaskGroup<Void>, _ sink: AsyncStream<Event>.Continuation
  ) {
    var left: [FleetJob] = []
    for job in jobs {
      let tree = job.pins.tree
      guard isReady(tree), (try? admission.admits(job.need)) ?? true else {
        left.append(job)
        continue
      }
      let isFirst = trees[tree] == nil
      if isFirst { trees[tree] = .pulledBy(job.member.name) }
      begin(
        job, commit: job.pins.commit ?? (isFirst ? nil : composedCommit(of: job)), in: &group, sink)
    }
    jobs = left
  }

  private func isReady(_ tree: String) -> Bool {
    if case .pulledBy = trees[tree] { false } else { true }
  }

  /// The commit that the first build with this tree has used.
  private mutating func composedCommit(of job: FleetJob) -> String? {
    if let known = commits[job.pins.tree] { return known }
    let member = job.member
    let commit = try? TreeSource(member.configuration, member.paths).pulledCommit()
    commits[job.pins.tree] = commit
    return commit
  }

  private mutating func begin(
    _ job: FleetJob, commit: String?, in group: inout TaskGroup<Void>,
    _ sink: AsyncStream<Event>.Continuation
  ) {
    let name = job.member.name
    admission.begin(name, job.need)
    display.begin(name)
    runningCount += 1
    let (arguments, directory) = (arguments, directory)
    group.addTask {
      do {
        var words = ["--progress", "json"] + (commit.map { ["--commit", $0] } ?? [])
        if !job.pins.probes.digests.isEmpty {
          let file = directory.appending("\(job.member.fileName).probes")
          try FileAccess.write(job.pins.probes.text, to: file, waitsForDisk: false)
          words += ["--probes", file.string]
        }
        let build = MemberBuild(
          member: job.member, arguments: arguments.words(for: job.member, words))
        var outcome = try await build.run { sink.yield(.build(name, $0)) }
        if case .failed = outcome.result, (try? await job.isPublished()) == true {
          outcome.result = .built(version: job.member.paths.outputVersion)
        }
        sink.yield(.end(outcome))
      } catch {
        let cause = error is CancellationError ? "it was ended with this command" : "\(error)"
        sink.yield(
          .end(
            BuildOutcome(
              name: name, result: .failed(ExitStatus(of: error), cause: cause), elapsed: .zero)))
      }
    }
  }
}
