import Bindings
import Glibc
import SystemPackage

/// The build itself, in its own namespaces: prepares the directories and mounts, runs
/// `buildscript`, and tells the end.
struct BuildProper {
  private let configuration: Configuration
  private let options: BuildOptions
  private let paths: BuildPaths

  init(_ configuration: Configuration, _ options: BuildOptions, _ paths: BuildPaths) {
    self.configuration = configuration
    self.options = options
    self.paths = paths
  }

  /// - Returns: the exit status: 0, that of a `BuildError`, 2 after a failure, 128 + N after
  ///   signal N.
  func run() -> Int32 {
    umask(0o022)
    do {
      let log = try TerminationSignals.run { try await prepare() }
      return run(log)
    } catch let interruption as Interruption {
      return 128 + interruption.signal
    } catch {
      tell("error: \(error)")
      return (error as? BuildError)?.exitStatus ?? 2
    }
  }

  private func prepare() async throws -> BuildLog {
    let stages = options.stages ?? Stage.regular
    if stages.contains(.ostree) || stages.contains(.image) {
      try await BuildDirectories.recreate(paths.temporaryDirectory)
    } else {
      try checkBuildVersion()
    }
    for directory in [paths.temporaryDirectory, paths.cacheDirectory, paths.manifestDirectory] {
      try BuildDirectories.create(directory)
    }
    for left in [paths.failure, paths.stepTimes, paths.partialPublication].compactMap(\.self) {
      try await BuildDirectories.remove(left)
    }
    try await BuildDirectories.recreate(paths.privateVarTmp)
    chmod(paths.privateVarTmp.string, 0o1777)
    // A mount with a file that is open for writing cannot be made read-only: the log comes after.
    try isolate()
    let log = try BuildLog(
      paths.log, filter: SecretFilter(try configuration.privateValues))
    try FileAccess.write(
      try configuration.rendered(.public, resolved: false), to: paths.publicConfiguration)
    try FileAccess.write(
      try configuration.rendered(.complete, resolved: false), to: paths.fullConfiguration,
      permissions: [.ownerReadWrite])
    // A key that is missing is told now, not when the image is made.
    try await SigningKey.with(configuration, paths) { _ in }
    return log
  }

  /// Later stages go on with what earlier ones left, so both must be of one version.
  private func checkBuildVersion() throws {
    guard BuildDirectories.exists(paths.fullConfiguration) else { return }
    let found = try Configuration.load(saved: paths.fullConfiguration)
      .value("build", "build_version")
    let wanted = try configuration.value("build", "build_version")
    guard found == wanted else {
      throw BuildError.otherBuildVersion(
        found: found, wanted: wanted, paths.temporaryDirectory)
    }
  }

  private func isolate() throws {
    var writable = [
      paths.cacheDirectory, paths.temporaryDirectory,
      paths.contentRepository.removingLastComponent(),
    ]
    if let directory = paths.publishDirectory { writable.append(directory) }
    for directory in writable { try BuildDirectories.create(directory) }
    let program = try SourceDirectory.programPath().removingLastComponent()
    let treeDirectories = (try? TreeSource(configuration, paths).localDirectories) ?? []
    let visible =
      [paths.sourceDirectory, paths.systemDirectory, program]
      + [paths.localDirectory].compactMap { $0 } + treeDirectories
    try Isolation(
      writable: writable, visible: visible.filter(BuildDirectories.exists),
      privateVarTmp: paths.privateVarTmp
    ).enter()
  }

  private func run(_ log: BuildLog) -> Int32 {
    let clock = ContinuousClock()
    let begin = clock.now
    log.write("building \(paths.outputVersion)")
    do {
      let script = try script()
      try TerminationSignals.run {
        try await script.run(keepingWhole: log.filter) { log.write($0) }
      }
    } catch {
      return end(log, error)
    }
    let elapsed = clock.now - begin
    log.write(StepTimes(paths.stepTimes).table(total: elapsed))
    log.write(
      "built \(paths.outputVersion) in \(formattedSeconds(elapsed)); "
        + "the files are in \(paths.outputDirectory)")
    guard options.stages == nil else { return 0 }
    do {
      try FileAccess.copy(paths.log, to: paths.output("build.txt"))
    } catch {
      return end(log, error)
    }
    return 0
  }

  private func script() throws -> Command {
    var environment = Command.toolEnvironment
    let passed = ["TERM", "SOURCE_DATE_EPOCH", "EIB_HOOKSDIR"]
    for (name, value) in currentEnvironment()
    where name.hasPrefix("EIB_RETRY_") || passed.contains(name) {
      environment[name] = value
    }
    for (name, value) in try configuration.environment() { environment[name] = value }
    let program = try SourceDirectory.programPath()
    environment["PATH"] =
      "\(program.removingLastComponent()):\(Command.standardPath)"
    environment["EIB_PROGRAM"] = program.string
    environment["EIB_STAGES"] =
      (options.stages ?? Stage.regular).map(\.rawValue).joined(separator: " ")
    environment["EIB_REFRESH_TREE"] = options.refreshesTree ? "true" : "false"
    environment[BootTestSettings.flagVariable] = options.bootTest.map { "\($0)" }
    if options.isDebugging { environment["EIB_DEBUG"] = "1" }
    var command = Command(
      "/bin/bash", [paths.sourceDirectory.appending("buildscript").string],
      environment: environment, workingDirectory: paths.sourceDirectory)
    command.grace = .milliseconds(4500)
    return command
  }

  /// The cause of a failure is the last thing that is said.
  private func end(_ log: BuildLog, _ error: any Error) -> Int32 {
    let cause = try? FileAccess.text(of: paths.failure)
    // The file is not filtered; what is told of it is.
    unlink(paths.failure.string)
    if let interruption = error as? Interruption {
      log.write("ended by signal \(interruption.signal); \(paths.temporaryDirectory) is kept")
      return 128 + interruption.signal
    }
    log.write("error: \(cause ?? "\(error)")\n  the whole log is \(paths.log)")
    return 2
  }

  private func tell(_ text: String) {
    let filter = SecretFilter((try? configuration.privateValues) ?? [])
    _ = try? FileDescriptor.standardError.writeAll("image-builder: \(filter(text))\n".utf8)
  }
}
