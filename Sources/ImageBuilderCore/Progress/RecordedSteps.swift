import FoundationEssentials
import Synchronization
import SystemPackage

/// The steps of a build in a file, for a process that reports a failure.
enum RecordedSteps {
  /// The space that is allocated in advance: some hundred steps.
  static let sizeInBytes = 64 << 10

  private static let lock = Mutex(())

  /// Records that a step begins or ends, if the file exists.
  static func append(_ event: StepEvent, to path: FilePath) {
    if case .bytes = event { return }
    guard let line = try? JSONEncoder().encode(event) else { return }
    lock.withLock { _ in
      _ = ReservedFile(path).append(String(decoding: line, as: UTF8.self) + "\n")
    }
  }

  /// The steps in the file. Those that had not ended are running.
  static func steps(in path: FilePath) -> BuildSteps {
    var steps = BuildSteps()
    for line in ReservedFile(path).text.split(separator: "\n") {
      guard let event = try? JSONDecoder().decode(StepEvent.self, from: Data(line.utf8)) else {
        continue
      }
      steps.apply(event, at: 0)
    }
    return steps
  }
}
