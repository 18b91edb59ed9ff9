import Configuration
import Glibc
import SystemPackage

/// Publishes the outputs to each destination, runs the publish hooks, and lists the version in the
/// indexes.
struct PublishStage {
  private let context: StageContext
  private var paths: BuildPaths { context.paths }

  init(_ context: StageContext) {
    self.context = context
  }

  func run() async throws {
    if try context.configuration.value(Options.build.isDryRun) { return try describe() }
    try checkBoot()
    let destinations = try Destinations(context.configuration, paths)
    if destinations.all.isEmpty {
      if try context.configuration.value(Options.publish.publishesTree) {
        context.say("warning: publish:tree is set, but there is no destination to publish it to")
      }
      if try ReadBack(context) != nil {
        context.say("warning: publish:public_url is set, but there is no destination to read back")
      }
      return try await GuardedOutputs.run(.publish, context)
    }
    let version = try PublishedVersion(context.configuration, paths)
    try await destinations.check(version, have: paths.outputDirectory)
    try FileAccess.copy(paths.log, to: paths.output("build.txt"))
    let files = try PublishedFile.all(in: paths.outputDirectory)
    let readBack = try ReadBack(context)
    for destination in destinations.all { try await put(version, files, to: destination) }
    try await TreePublication(context).publish(to: destinations.all)
    try await GuardedOutputs.run(.publish, context)
    for destination in destinations.all {
      try await destination.announce(version)
      guard let files = destination.sharedFiles else { continue }
      try await PublicIndex(destination, files, say: context.say).update(version.variant)
    }
    // Hooks may tell caches what is new.
    try await readBack?.run(version)
    let seconds = BuildStart(in: paths.buildStart)?.seconds
    let problems = await LastTry(version, paths, .success, seconds: seconds, nil).write(
      to: destinations.all, log: paths.log, keeping: 0)
    for problem in problems { context.say("warning: \(problem)") }
  }

  /// Says what a build that is no dry run would publish.
  private func describe() throws {
    let files = try PublishedFile.all(in: paths.outputDirectory)
    let size = formattedMegabytes(files.reduce(0) { $0 + $1.sizeInBytes })
    let version = try PublishedVersion(context.configuration, paths)
    for destination in try Destinations.configured(context.configuration, paths) {
      context.say(
        "would publish \(files.count) files, \(size), to \(destination.name(of: version))")
      if try context.configuration.value(Options.publish.publishesTree),
        destination.sharedFiles != nil
      {
        let ref = try TreeSource(context.configuration, paths).deployedRef
        context.say("would publish the tree as \(ref) to \(destination.place)/ostree")
      }
    }
    if let readBack = try ReadBack(context) {
      context.say("would read the version back through \(readBack.url)")
    }
    context.say("skipped: this is a dry run")
  }

  private func put(
    _ version: PublishedVersion, _ files: [PublishedFile], to destination: any Destination
  ) async throws {
    guard try await !destination.holds(version) else {
      context.say("\(destination.name(of: version)) is what is to be published; nothing is sent")
      return
    }
    let total = files.reduce(0) { $0 + $1.sizeInBytes }
    try await context.times.measure("to \(destination.place)", ofBytes: total) { report in
      try await destination.put(version, files, from: paths.outputDirectory, report: report)
    }
    context.say("published to \(destination.name(of: version))")
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
