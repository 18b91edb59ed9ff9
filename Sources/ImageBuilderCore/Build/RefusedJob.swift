import Configuration
import SystemPackage

/// A build on a machine of a cluster that was refused before its first stage. Nobody reads what it
/// prints, so its destinations are told why.
struct RefusedJob {
  private static let longestReport: Duration = .seconds(30)

  private let configuration: Configuration
  private let paths: BuildPaths

  /// Nil for a build that is no job of a fleet: its terminal or its log tells.
  init?(_ configuration: Configuration, _ request: BuildRequest, _ paths: BuildPaths) {
    guard request.expectedInputs != nil, request.runningStages.contains(.publish) else {
      return nil
    }
    self.configuration = configuration
    self.paths = paths
  }

  /// Records the refusal, and prints which destinations could not be told.
  func record(_ error: any Error) {
    let status = ExitStatus(of: error)
    let failure = Failure(error, in: nil).filtered(by: configuration.secretFilter)
    let problems: [String]
    do {
      problems = try TerminationSignals.run { try await write(status, failure) }
    } catch {
      problems = ["how the build ended could not be recorded: \(error)"]
    }
    for problem in problems.map({ configuration.secretFilter($0) }) {
      _ = try? FileDescriptor.standardError.writeAll("image-builder: warning: \(problem)\n".utf8)
    }
  }

  private func write(_ status: ExitStatus, _ failure: Failure) async throws -> [String] {
    let version = try PublishedVersion(configuration, paths)
    let destinations = try Destinations(configuration, paths).all
    let count = try configuration.value(Options.publish.keptFailures)
    let end = LastTry(version, paths, status, seconds: nil, failure)
    return try await withTimeLimit(Self.longestReport, orThrow: { NoTimeForReport() }) {
      await end.write(
        to: destinations, page: "error: \(failure.text)", log: nil, keeping: count)
    }
  }
}
