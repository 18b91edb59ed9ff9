import Foundation
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// Jobs of a fleet on a cluster of its own. In place of builds, they run scripts of bash.
struct ClusterJobs {
  static let buildVersion = "261129-020000"
  static let variant = PublishedVariant(path: "eos/master/amd64/amd64/en")!
  static let other = PublishedVariant(path: "eos/master/amd64/amd64/es")!

  let fixture: Fixture
  let cluster: SlurmCluster
  let queue: SlurmQueue

  init(
    options: [String] = [], mounts: [SlurmCluster.Machine: [FilePath: FilePath?]] = [:]
  ) throws {
    fixture = try Fixture()
    cluster = try SlurmCluster(options: options, mounts: mounts)
    queue = SlurmQueue(configuration: cluster.configuration.string)
  }

  /// - Parameters:
  ///   - script: is run in the directory of the fixture.
  ///   - options: words for sbatch.
  func submission(
    _ script: String, of variant: PublishedVariant = Self.variant, options: [String] = [],
    longest: Duration? = nil
  ) -> SlurmSubmission {
    SlurmSubmission(
      variant: variant,
      purpose: JobPurpose(fleet: "nightly", buildVersion: Self.buildVersion, inputs: "c0ffee"),
      needs: SlurmSubmission.Needs(
        processors: 1, memoryInBytes: (300 << 20) - 1, longest: longest),
      program: "/bin/bash", arguments: ["-c", "cd '\(fixture.directory)'; \(script)"],
      output: fixture.path("output of jobs/\(variant.path.replacing("/", with: "-"))"),
      options: options)
  }

  /// What jobs of a variant print.
  func output(of variant: PublishedVariant = Self.variant) throws -> String {
    try fixture.text("output of jobs/\(variant.path.replacing("/", with: "-"))")
  }

  /// Watches variants to their end, and returns the changes of their jobs.
  @discardableResult
  func watch(
    _ variants: Set<PublishedVariant> = [Self.variant], said: Messages = Messages(),
    changed: (PublishedVariant, SlurmJob?) async throws -> Void = { _, _ in }
  ) async throws -> [PublishedVariant: [SlurmJob?]] {
    var changes: [PublishedVariant: [SlurmJob?]] = [:]
    var watch = JobWatch(queue: queue) { said.append($0) }
    (watch.interval, watch.longestInterval) = (.milliseconds(200), .milliseconds(800))
    try await watch.wait(for: variants, Self.buildVersion) { variant, job in
      changes[variant, default: []].append(job)
      try await changed(variant, job)
    }
    return changes
  }

  /// Waits until the queue is as wanted.
  func wait(
    until isWanted: ([SlurmJob]) -> Bool, sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let end = ContinuousClock.now + .seconds(30)
    while true {
      let jobs = try await queue.jobs()
      if isWanted(jobs) { return }
      guard ContinuousClock.now < end else {
        Issue.record("the queue has \(jobs)", sourceLocation: sourceLocation)
        return
      }
      try await Task.sleep(for: .milliseconds(200))
    }
  }
}

/// Collects messages.
final class Messages: Sendable {
  private let kept = Mutex<[String]>([])

  var all: [String] { kept.withLock { $0 } }

  func append(_ message: String) { kept.withLock { $0.append(message) } }
}
