import Bindings
import SystemPackage

/// The stages of a build, in their order. `error` runs only after a failure.
public enum Stage: String, Sendable, CaseIterable, Codable, Comparable {
  case ostree, image, manifest, check, publish, error

  /// Those that a build runs when nothing fails.
  public static let regular: [Stage] = [.ostree, .image, .manifest, .check, .publish]

  /// The earlier stage is the lesser one.
  public static func < (first: Stage, second: Stage) -> Bool {
    allCases.firstIndex(of: first)! < allCases.firstIndex(of: second)!
  }

  /// The regular stage of that name.
  ///
  /// - Throws: `BuildError.unknownStage`.
  public static func named(_ name: String) throws -> Stage {
    guard let stage = Stage(rawValue: name), stage != .error else {
      throw BuildError.unknownStage(name)
    }
    return stage
  }

  /// The stages that a comma-separated list names, in the order in which they run.
  ///
  /// - Throws: `BuildError.unknownStage`.
  public static func list(_ text: String) throws -> [Stage] {
    let named = try text.split(separator: ",", omittingEmptySubsequences: false)
      .map { try Stage.named(String($0)) }
    return regular.filter(named.contains)
  }

  /// The stages of the build that this process is a part of.
  static var running: [Stage] {
    let names = currentEnvironment()["EIB_STAGES"]?.split(separator: " ").map(String.init) ?? []
    return names.compactMap(Stage.init(rawValue:))
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
