import Configuration
import Glibc
import SystemPackage

/// Publishes the outputs: runs the publish hooks and copies the outputs to `publish:directory`.
struct PublishStage {
  private let context: StageContext
  private var paths: BuildPaths { context.paths }

  init(_ context: StageContext) {
    self.context = context
  }

  func run() async throws {
    guard try !context.configuration.value(Options.build.isDryRun) else {
      context.say("skipped: this is a dry run")
      return
    }
    try checkBoot()
    let destinations = try Destinations(context.configuration, paths)
    // Hooks may upload the outputs, so an existing version must be detected before they run.
    try await destinations.check()
    try await GuardedOutputs.run(.publish, context)
    for destination in destinations.all {
      context.say(try await destination.publish(paths.outputDirectory))
    }
  }

  /// Refuses to publish an image if a required boot test failed or is missing. A boot test that was
  /// skipped with --no-boot-test is accepted with a warning.
  private func checkBoot() throws {
    let settings = try BootTestSettings(context)
    guard settings.isRequired else { return }
    let path = paths.output("check.json")
    guard let record = BootRecord(in: path) else { throw BootTestError.notTested(.noRecord(path)) }
    let image = try Artifact(paths.outputDirectory.appending(try BootableImage(paths).file))
    if let gap = record.gap(image: image.digest, firmware: settings.firmware) {
      throw BootTestError.notTested(gap)
    }
    if record.skipped == .flag { context.say("warning: the image was never booted") }
  }
}
