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
    try checkBoot()
    try await HookRunner(context).run(.publish)
    if let directory = paths.publishDirectory, let partial = paths.partialPublication {
      try await copyOutputs(to: directory.appending(paths.outputVersion), by: partial)
    }
  }

  /// Refuses an image that should have booted and did not.
  private func checkBoot() throws {
    let settings = try BootTestSettings(context)
    guard settings.isRequired else { return }
    let path = paths.output("check.json")
    guard let record = BootRecord(in: path) else { throw BuildError.notBootTested(.noRecord(path)) }
    let image = try Artifact(paths.outputDirectory.appending(try ImageFacts(paths).file))
    if let gap = record.gap(image: image.digest, firmware: settings.firmware) {
      throw BuildError.notBootTested(gap)
    }
    if record.skipped == .flag { context.say("warning: the image was never booted") }
  }

  /// Copies OUTDIR to `target`, which appears when it is complete.
  private func copyOutputs(to target: FilePath, by partial: FilePath) async throws {
    guard !BuildDirectories.exists(target) else { throw BuildError.alreadyPublished(target) }
    try await BuildDirectories.remove(partial)
    do {
      try await Command(
        "cp", ["-R", "--reflink=auto", "--", paths.outputDirectory.string, partial.string]
      ).run()
      try await Command("sync", ["--file-system", partial.string]).run()
      try FileAccess.rename(partial, to: target)
      try await Command("sync", ["--", target.removingLastComponent().string]).run()
    } catch {
      try? await BuildDirectories.remove(partial)
      throw error
    }
    context.say("published to \(target)")
  }
}
