import Configuration

extension Stage {
  /// Runs the stage in this process.
  ///
  /// - Throws: the errors of what it uses; the outputs of a stage that threw are incomplete and are
  ///   removed by the next build.
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
