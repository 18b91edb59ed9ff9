import ArgumentParser
import Configuration

/// `image-builder fleet build NAME`: builds and publishes the variants that are not up to date.
package struct FleetBuild: FleetEngineCommand {
  package static let configuration = CommandConfiguration(
    commandName: "build",
    abstract: "Build and publish the variants that are not up to date.",
    usage: FleetArguments.usage("build", "[--jobs <number>]"),
    discussion: """
      A variant is built if an input has changed since its newest version: a setting, a hook, a file \
      that hooks use, the commit of the tree, or the program. One failure stops no other build.

      Exit status: 0 all variants are up to date; 2 some failed, and they are named.
      """)

  @OptionGroup package var fleet: FleetArguments
  @Option(
    help: ArgumentHelp(
      "Builds at a time. (default: fleet:jobs, or as many as there are processors, and memory and "
        + "space for)", valueName: "number"))
  package var jobs: Int?
  @Flag(help: "Build all, also those that are up to date.")
  package var rebuild = false
  @Flag(
    inversion: .prefixedNo,
    help: "Wait until the jobs of a cluster have ended.")
  package var wait = true
  @Flag(
    inversion: .prefixedNo,
    help: "Boot images before publishing them. (default: boot_test:enable)")
  package var bootTest: Bool?
  @Option(
    help: ArgumentHelp(
      "Build version of all builds. (default: the time in UTC, yymmdd-HHMMSS)",
      valueName: "version"))
  package var buildVersion: String?
  @Option(
    help: ArgumentHelp(
      "auto (live on a terminal) or plain (a line for each event).", valueName: "form"))
  var progress = FleetProgress.auto

  package init() {}

  /// Whether running builds are shown live if standard error is a terminal.
  package var mayBeLive: Bool { progress == .auto }

  /// Checks the number of jobs.
  ///
  /// - Throws: `ValidationError`.
  package func validate() throws {
    guard jobs.map({ $0 > 0 }) ?? true else {
      throw ValidationError("--jobs must be 1 or more.")
    }
  }
}

/// The values of `--progress` of a fleet.
enum FleetProgress: String, ExpressibleByArgument, CaseIterable {
  case auto, plain
}
