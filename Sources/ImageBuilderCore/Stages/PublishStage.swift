import Bindings
import Glibc
import SystemPackage

/// Takes the outputs to where they go: what the publish hooks do, and `publish:directory`.
struct PublishStage {
  private let context: StageContext
  private var paths: BuildPaths { context.paths }

  init(_ context: StageContext) {
    self.context = context
  }

  func run() async throws {
    guard try !context.configuration.isTrue("build", "dry_run") else {
      context.say("skipped: this is a dry run")
      return
    }
    try await HookRunner(context).run(.publish)
    if let directory = paths.publishDirectory { try await copyOutputs(to: directory) }
  }

  /// Copies OUTDIR to `DIRECTORY/OUTVERSION`, which appears when it is complete.
  private func copyOutputs(to directory: FilePath) async throws {
    let target = directory.appending(paths.outputVersion)
    guard !BuildDirectories.exists(target) else { throw BuildError.alreadyPublished(target) }
    let partial = directory.appending(".\(paths.outputVersion).partial")
    try await BuildDirectories.remove(partial)
    do {
      try await Command(
        "cp", ["-R", "--reflink=auto", "--", paths.outputDirectory.string, partial.string]
      ).run()
      try await Command("sync", ["--file-system", partial.string]).run()
      try FileAccess.rename(partial, to: target)
    } catch {
      try? await BuildDirectories.remove(partial)
      throw error
    }
    context.say("published to \(target)")
  }
}
