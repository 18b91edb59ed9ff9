import Bindings
import Configuration
import Glibc
import SystemPackage

/// A build inside its namespaces. It prepares directories and mounts, runs `buildscript`, and
/// reports the result.
struct IsolatedBuild {
  private let configuration: Configuration
  private let request: BuildRequest
  private let paths: BuildPaths

  init(_ configuration: Configuration, _ request: BuildRequest, _ paths: BuildPaths) {
    self.configuration = configuration
    self.request = request
    self.paths = paths
  }

  /// The version that the parent passed to this process; nil if this is not the process that a
  /// build started in its namespaces.
  ///
  /// The variable alone is not sufficient: if it were set in root's environment, a build would not
  /// take its lock, and would change the mounts of the host. The parent must also be the init
  /// process of the namespaces, which runs the same program.
  static var version: String? {
    guard let version = BuildVariable.isolatedBuild.value, getppid() == 1,
      let own = Self.programIdentity("/proc/self/exe"),
      let parents = Self.programIdentity("/proc/1/exe"), own == parents
    else { return nil }
    return version
  }

  private static func programIdentity(_ link: String) -> [UInt64]? {
    var status = stat()
    guard stat(link, &status) == 0 else { return nil }
    return [UInt64(status.st_dev), UInt64(status.st_ino)]
  }

  /// - Returns: 0 on success; the exit status of the error on failure; 128 + N after signal N.
  func run() -> ExitStatus {
    umask(0o022)
    // The build continues when nobody reads its output any more. A handler is used because programs
    // that the build starts would inherit an ignored signal, but not a handler.
    signal(SIGPIPE) { _ in }
    do {
      let log = try TerminationSignals.run { try await prepare() }
      return run(log)
    } catch let interruption as Interruption {
      return .signal(interruption.signal)
    } catch {
      let full = FullFilesystem.explanation(of: ["\(error)"], configuration, paths)
      report("error: \(error)\(full.map { "\n  \($0)" } ?? "")")
      RefusedJob(configuration, request, paths)?.record(error)
      return ExitStatus(of: error)
    }
  }

  private func prepare() async throws -> BuildLog {
    try checkConfiguration()
    let pins = try BuildPins(request)
    pins.setCommit()
    try await checkRequirementsOfHooks()
    try await checkRemote()
    let destinations = try Destinations(configuration, paths)
    let publishes = request.runningStages.contains(.publish)
    // What is published next is in OUTDIR only when it has been restored.
    let goesOnPublishing = request.runningStages.first == .publish
    if publishes && !goesOnPublishing {
      try await destinations.check(PublishedVersion(configuration, paths), have: nil)
    }
    try HostPowers.tryMounts()
    try await HostPowers.tryUserNamespace()
    try await ForeignArchitecture(configuration, paths, stages: request.runningStages)?.tryProgram()
    let trial = SigningTrial(configuration, paths)
    try await trial.tryKey()
    if request.continues {
      try checkBuildVersion()
      try await Resumption.prepare(for: request.runningStages, configuration, paths)
      if goesOnPublishing {
        try await destinations.check(
          PublishedVersion(configuration, paths), have: paths.outputDirectory)
      }
    } else {
      try await removeOldFiles()
    }
    for directory in [paths.temporaryDirectory, paths.cacheDirectory, paths.manifestDirectory] {
      try Directories.create(directory)
    }
    if publishes { try await destinations.removePartial() }
    try FailureReport.reserve(paths, for: request.runningStages)
    try await Directories.recreate(paths.privateVarTmp)
    try Directories.setMode(0o1777, of: paths.privateVarTmp)
    // A mount with a file that is open for writing cannot be made read-only, so the log is opened
    // afterwards.
    try isolate(destinations)
    try await pins.prepare(configuration, paths, request.runningStages)
    try await trial.tryCommand()
    let filter = configuration.secretFilter
    let log = try BuildLog(
      paths.log, filter: filter,
      request.progress.display(
        outputVersion: filter(paths.outputVersion), isDebugging: request.isDebugging))
    try FileAccess.write(
      try configuration.rendered(.public, resolved: false), to: paths.publicConfiguration)
    try FileAccess.write(
      try configuration.rendered(.complete, resolved: false), to: paths.fullConfiguration,
      permissions: [.ownerReadWrite])
    return log
  }

  /// This process reads the configuration again. The lock belongs to the configuration that was
  /// read first, so both must be the same.
  private func checkConfiguration() throws {
    guard let digest = BuildVariable.configurationDigest.value,
      try digest == Build.digest(of: configuration)
    else { throw BuildError.configurationChanged(lock: paths.lock) }
  }

  /// Before anything is built, reports all that the hooks of the build need and that is not there.
  private func checkRequirementsOfHooks() async throws {
    let hooks = try HookGroup.all(in: request.runningStages).flatMap { group in
      try HookFiles(section: group.rawValue, paths).hooks(of: configuration).found.map(\.path)
    }
    let missing = try await HostRequirements().missing(for: configuration, hooks, paths)
    guard missing.isEmpty else { throw MissingRequirements(missing) }
  }

  /// Empties TMPDIR, and removes partial publications of a build that was killed.
  private func removeOldFiles() async throws {
    if let saved = try? Configuration.load(saved: paths.fullConfiguration),
      let old = try? BuildPaths(saved)
    {
      try await IncompleteFiles.remove(saved, old)
    }
    try await Directories.recreate(paths.temporaryDirectory)
  }

  /// Later stages use the files of earlier stages, so both must have the same version.
  private func checkBuildVersion() throws {
    guard let found = try Build.existingVersion(for: configuration) else { return }
    let wanted = try configuration.value(Options.build.version)
    guard found == wanted else {
      throw ResumptionError.otherBuildVersion(
        found: found, wanted: wanted, paths.temporaryDirectory)
    }
  }

  private func isolate(_ destinations: Destinations) throws {
    var writable = [
      paths.cacheDirectory, paths.temporaryDirectory,
      paths.contentRepository.removingLastComponent(),
    ]
    writable += destinations.localDirectories
    for directory in writable { try Directories.create(directory) }
    writable += try configuration.value(Options.buildRoot.mounts)
      .map { FilePath($0).lexicallyNormalized() }.filter(isChangeable)
    let program = try ProgramFiles.running().removingLastComponent()
    let treeDirectories = (try? TreeSource(configuration, paths).localDirectories) ?? []
    let visible =
      [paths.sourceDirectory, paths.systemDirectory, program]
      + paths.localDirectories + treeDirectories + configuration.flatpakPaths
      + destinations.all.flatMap(\.hostFiles)
    try Isolation(
      writable: writable, visible: visible.filter(Directories.exists),
      privateVarTmp: paths.privateVarTmp
    ).enter()
  }

  /// Whether a read-only mount prevents changes. Devices, sockets and pipes can be used there.
  private func isChangeable(_ path: FilePath) -> Bool {
    [.directory, .regular].contains(FileKind(following: path))
  }

  private func run(_ log: BuildLog) -> ExitStatus {
    log.write("building \(paths.outputVersion)")
    do {
      let script = try script(log.channel)
      let use = try FileLock.acquire(paths.contentUseLock, .shared)
      try withExtendedLifetime(use) {
        try TerminationSignals.run {
          try await script.run(withoutSplitting: log.filter) { log.receive($0) }
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
      if request.stages == nil { try FileAccess.copy(paths.log, to: paths.output("build.txt")) }
    } catch {
      return end(log, error)
    }
    FailureReport.remove(paths)
    log.end(.success)
    return .success
  }

  /// A local repository that an ostree hook makes does not exist yet.
  private func checkRemote() async throws {
    guard request.runningStages.contains(.ostree) else { return }
    let source = try TreeSource(configuration, paths)
    if source.mayBeMadeByHooks { return }
    let policy = try RetryPolicy.configured { report($0) }.brief
    try await RemoteLook(source: source, policy).check()
  }

  /// A failure to prune the cache does not fail the build.
  private func pruneCache(_ log: BuildLog) {
    do {
      guard let maximumInBytes = try configuration.value(Options.cache.largestSize) else { return }
      let source = try TreeSource(configuration, paths)
      let pruning = CachePruning(
        paths: paths, ownRefs: [source.refspec, source.metadataRefspec],
        maximumInBytes: maximumInBytes, say: log.write)
      try TerminationSignals.run { try await pruning.run() }
    } catch {
      log.write("warning: the cache could not be pruned: \(error)")
    }
  }

  private func script(_ channel: StepChannel) throws -> Command {
    var environment = Command.toolEnvironment
    environment["TERM"] = currentEnvironment()["TERM"]
    for variable in [BuildVariable.sourceDateEpoch, .hookDirectory, .retryAttempts, .retryInterval]
    {
      environment[variable: variable] = variable.value
    }
    if try configuration.value(Options.publish.destinations).contains(.s3) {
      for variable in BuildVariable.ofObjectStores {
        environment[variable: variable] = variable.value
      }
    }
    for (name, value) in try configuration.environment() { environment[name] = value }
    let program = try ProgramFiles.command()
    environment["PATH"] =
      "\(program.removingLastComponent()):\(SearchPath.standard)"
    environment[variable: .program] = program.string
    environment[variable: .stepMark] = channel.mark
    environment[variable: .stages] =
      request.runningStages.map(\.rawValue).joined(separator: " ")
    environment[variable: .refreshTree] = request.refreshesTree ? "true" : "false"
    environment[variable: .pinnedCommit] = BuildVariable.pinnedCommit.value
    environment[variable: .bootTest] = request.bootTest.map { "\($0)" }
    if request.isDebugging { environment[variable: .debug] = "1" }
    var command = Command(
      "/bin/bash", [paths.buildScript.string],
      environment: environment, workingDirectory: paths.sourceDirectory)
    command.grace = .milliseconds(4500)
    return command
  }

  /// Ends a failed build. The page that reports the failure is the last message.
  private func end(_ log: BuildLog, _ error: any Error) -> ExitStatus {
    let isOfScript = error is CommandFailure || error is Interruption
    let report = FailureReport(
      configuration, paths, status: Self.statusOfScript(error), error: isOfScript ? nil : error)
    log.stopSteps()
    let (configuration, paths) = (configuration, paths)
    try? TerminationSignals.run { try await IncompleteFiles.remove(configuration, paths) }
    log.write(String(report.page.dropLast()))
    let status =
      (error as? Interruption).map { ExitStatus.signal($0.signal) } ?? Self.status(of: error)
    log.end(status, report.failure)
    return status
  }

  /// The status with which buildscript ended.
  private static func statusOfScript(_ error: any Error) -> ExitStatus {
    switch (error as? CommandFailure)?.reason {
    case .exited(let status): ExitStatus(rawValue: status)
    case .signalled(let signal): .signal(signal)
    case .notStarted, nil: (error as? Interruption).map { .signal($0.signal) } ?? .failure
    }
  }

  /// The status for a missing requirement is passed on. Any other status of a stage becomes the
  /// status for a failure.
  private static func status(of error: any Error) -> ExitStatus {
    guard let failure = error as? CommandFailure,
      failure.reason == .exited(ExitStatus.unavailable.rawValue)
    else { return .failure }
    return .unavailable
  }

  /// Writes a message to standard error while there is no log yet.
  private func report(_ text: String) {
    let message = configuration.secretFilter(text)
    _ = try? FileDescriptor.standardError.writeAll("image-builder: \(message)\n".utf8)
  }
}
