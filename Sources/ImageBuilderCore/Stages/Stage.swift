import Bindings
import SystemPackage

/// The stages of a build, in their order. `error` runs only after a failure.
public enum Stage: String, Sendable, CaseIterable, Codable {
  case ostree, image, manifest, check, publish, error

  /// Those that a build runs when nothing fails.
  public static let regular: [Stage] = [.ostree, .image, .manifest, .check, .publish]

  /// The stages that a comma-separated list names, in the order in which they run.
  ///
  /// - Throws: `BuildError.unknownStage`.
  public static func list(_ text: String) throws -> [Stage] {
    let named = try text.split(separator: ",", omittingEmptySubsequences: false).map { name in
      guard let stage = Stage(rawValue: String(name)), stage != .error else {
        throw BuildError.unknownStage(String(name))
      }
      return stage
    }
    return regular.filter(named.contains)
  }

  /// Runs the stage in this process.
  ///
  /// - Throws: `BuildError` and the errors of what it uses; the outputs of a stage that threw are
  ///   incomplete and are removed by the next build.
  func run(_ context: StageContext) async throws {
    switch self {
    case .ostree: try await OSTreeStage(context).run()
    case .image: try await ImageStage(context).run()
    case .manifest: try await ManifestStage(context).run()
    case .check: try await CheckStage(context).run()
    case .publish: try await PublishStage(context).run()
    case .error: try await HookRunner(context).run(.error, stopsAtFailure: false)
    }
  }
}

/// What every stage works with.
struct StageContext: Sendable {
  let configuration: Configuration
  let paths: BuildPaths
  let stage: Stage

  /// Where the stage tells which steps it takes.
  var times: StepTimes { StepTimes(stage) }

  /// Writes one line of the stage's own.
  func say(_ line: String) {
    Output.line(stage.rawValue, line)
  }
}
