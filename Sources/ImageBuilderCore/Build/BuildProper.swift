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
    // The build goes on when nobody reads any more what it writes; programs that it starts do not
    // inherit a handler, as they would inherit that the signal is ignored.
    signal(SIGPIPE) { _ in }
    do {
      let log = try TerminationSignals.run { try await prepare() }
      return run(log)
    } catch let interruption as Interruption {
      return 128 + interruption.signal
    } catch {
      tell("error: \(error)\(FullFilesystem.hint(error, paths))")
      return (error as? BuildError)?.exitStatus ?? (error is ConfigurationError ? 65 : 2)
    }
  }

  private func prepare() async throws -> BuildLog {
    if options.goesOn {
      try checkBuildVersion()
      if let stage = options.firstStage {
        try await Resumption.prepare(from: stage, configuration, paths)
      }
    } else {
      try await removeOldFiles()
    }
    for directory in [paths.temporaryDirectory, paths.cacheDirectory, paths.manifestDirectory] {
      try BuildDirectories.create(directory)
    }
    if let left = paths.partialPublication { try await BuildDirectories.remove(left) }
    try FailureReport.reserve(paths)
    try await BuildDirectories.recreate(paths.privateVarTmp)
    chmod(paths.privateVarTmp.string, 0o1777)
    // A mount with a file that is open for writing cannot be made read-only: the log comes after.
    try isolate()
    let filter = SecretFilter(try configuration.privateValues)
    let log = try BuildLog(
      paths.log, filter: filter,
      options.progress.display(
        outputVersion: filter(paths.outputVersion), isDebugging: options.isDebugging))
    try FileAccess.write(
      try configuration.rendered(.public, resolved: false), to: paths.publicConfiguration)
    try FileAccess.write(
      try configuration.rendered(.complete, resolved: false), to: paths.fullConfiguration,
      permissions: [.ownerReadWrite])
    // A key that is missing is told now, not when the image is made.
    try await SigningKey.with(configuration, paths) { _ in }
    return log
  }

  /// Empties TMPDIR, and takes away what a build that was killed was publishing elsewhere.
  private func removeOldFiles() async throws {
    if let saved = try? Configuration.load(saved: paths.fullConfiguration),
      let old = try? BuildPaths(saved)
    {
      try await IncompleteFiles.remove(old)
    }
    try await BuildDirectories.recreate(paths.temporaryDirectory)
  }

  /// Later stages go on with what earlier ones left, so both must be of one version.
  private func checkBuildVersion() throws {
    guard let found = try Build.versionLeft(for: configuration) else { return }
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
    log.write("building \(paths.outputVersion)")
    do {
      let script = try script(log.channel)
      let use = try FileLock.acquire(paths.contentUseLock, .shared)
      try withExtendedLifetime(use) {
        try TerminationSignals.run {
          try await script.run(keepingWhole: log.filter) { log.receive($0) }
        }
      }
    } catch {
      if !(error is Interruption) { pruneCache(log) }
      return end(log, error)
    }
    pruneCache(log)
    let elapsed = log.writeTable()
    log.write(
      "built \(paths.outputVersion) in \(formattedSeconds(elapsed)); "
        + "the files are in \(paths.outputDirectory)")
    do {
      if options.stages == nil { try FileAccess.copy(paths.log, to: paths.output("build.txt")) }
    } catch {
      return end(log, error)
    }
    log.end(status: 0)
    return 0
  }

  /// No build fails for what others have left.
  private func pruneCache(_ log: BuildLog) {
    do {
      guard let maximumInBytes = try configuration.sizeInBytes("cache", "max_size") else { return }
      let pruning = CachePruning(
        paths: paths, ownRef: try TreeSource(configuration, paths).refspec,
        maximumInBytes: maximumInBytes, say: log.write)
      try TerminationSignals.run { try await pruning.run() }
    } catch {
      log.write("warning: the cache could not be made smaller: \(error)")
    }
  }

  private func script(_ channel: StepChannel) throws -> Command {
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
    environment[StepChannel.variable] = channel.mark
    environment["EIB_STAGES"] =
      options.runningStages.map(\.rawValue).joined(separator: " ")
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
    let cause = FailureReport.text(paths)
    // The file is not filtered; what is told of it is.
    unlink(paths.failure.string)
    log.stopSteps()
    try? TerminationSignals.run { try await IncompleteFiles.remove(paths) }
    if let interruption = error as? Interruption {
      let cause = "ended by signal \(interruption.signal)"
      log.write("\(cause); \(paths.temporaryDirectory) is kept")
      log.end(status: 128 + interruption.signal, cause: cause)
      return 128 + interruption.signal
    }
    let text = cause ?? "\(log.withoutEvents(error))\(FullFilesystem.hint(error, paths))"
    log.write("error: \(text)\n  the whole log is \(paths.log)")
    log.end(status: 2, cause: text)
    return 2
  }

  private func tell(_ text: String) {
    let filter = SecretFilter((try? configuration.privateValues) ?? [])
    _ = try? FileDescriptor.standardError.writeAll("image-builder: \(filter(text))\n".utf8)
  }
}
