import Configuration

extension Stage {
  /// Runs the stage in this process.
  ///
  /// - Throws: the errors of the code that the stage uses. The outputs of a failed stage are
  ///   incomplete; the next build removes them.
  func run(_ context: StageContext) async throws {
    switch self {
    case .ostree: try await OSTreeStage(context).run()
    case .image: try await ImageStage(context).run()
    case .manifest: try await ManifestStage(context).run()
    case .check: try await CheckStage(context).run()
    case .publish: try await PublishStage(context).run()
    case .error: try await ErrorStage(context: context).run()
    }
  }
}
