import Bindings
import Glibc
import SystemPackage

/// What the command line says about a build beside its configuration.
public struct BuildOptions: Sendable {
  /// The stages to run, in their order; nil runs all of them and ends the build.
  public var stages: [Stage]?
  /// The first stage to run, on what an earlier build of this directory left; nil begins anew.
  public var firstStage: Stage?
  /// How long to wait for the lock of the build's directory.
  public var lockTimeout: Duration
  /// Whether the embedded tree is composed again though it is fresh.
  public var refreshesTree: Bool
  /// Whether hooks and stages write more.
  public var isDebugging: Bool
  /// Whether the image is booted before it is published; nil leaves it to the configuration.
  public var bootTest: Bool?
  /// What is shown meanwhile.
  public var progress: ProgressForm

  /// The defaults are those of the command line.
  public init(
    stages: [Stage]? = nil, firstStage: Stage? = nil, lockTimeout: Duration = .seconds(60),
    refreshesTree: Bool = false, isDebugging: Bool = false, bootTest: Bool? = nil,
    progress: ProgressForm = .auto
  ) {
    self.stages = stages
    self.firstStage = firstStage
    self.lockTimeout = lockTimeout
    self.refreshesTree = refreshesTree
    self.isDebugging = isDebugging
    self.bootTest = bootTest
    self.progress = progress
  }

  /// The stages that run unless one fails.
  var runningStages: [Stage] {
    stages ?? Stage.regular.filter { $0 >= firstStage ?? .ostree }
  }

  /// Whether the build has the version of the one before, because it goes on with its files.
  public var goesOn: Bool {
    if let stages { return !stages.contains(.ostree) && !stages.contains(.image) }
    return firstStage ?? .ostree > .ostree
  }
}

/// A build, seen from outside: it checks, takes the lock, and starts the program again in
/// namespaces of its own, where `BuildProper` does the work.
public struct Build: Sendable {
  /// The variable that makes a process the build proper; its value is the build version.
  static let properVariable = "EIB_BUILD_PROPER"

  private let configuration: Configuration
  private let options: BuildOptions
  private let paths: BuildPaths

  /// - Throws: `ConfigurationError`, `BuildError`.
  public init(_ configuration: Configuration, _ options: BuildOptions) throws {
    self.configuration = configuration
    self.options = options
    paths = try BuildPaths(configuration)
  }

  /// The version that the build proper was started for; nil outside of one.
  public static var properVersion: String? { currentEnvironment()[properVariable] }

  /// The version of the build whose files are in the build's directory; nil when there are none, or
  /// when they are not ours to read.
  ///
  /// - Throws: `ConfigurationError`, `BuildError` for paths that are none.
  public static func versionLeft(for configuration: Configuration) throws -> String? {
    let file = try BuildPaths(configuration).fullConfiguration
    return try? Configuration.load(saved: file).value("build", "build_version")
  }

  /// Builds, from the main thread of a process without other threads.
  ///
  /// - Returns: the exit status of the build.
  /// - Throws: `BuildError` before anything was begun; `Interruption` after a signal, when all is
  ///   cleaned up.
  public func run() throws -> Int32 {
    if Self.properVersion != nil {
      return BuildProper(configuration, options, paths).run()
    }
    try Preflight(
      configuration: configuration, paths: paths, stages: options.runningStages,
      bootTest: options.bootTest, isDebugging: options.isDebugging
    ).check()
    // The init process of the namespaces keeps the lock's descriptor, so the lock is held until
    // the last process of the build is gone.
    let lock = try takeLock()
    return try withExtendedLifetime(lock) {
      defer { removePartialPublication() }
      let status = try runProper()
      if status == 0 && options.stages == nil {
        try TerminationSignals.run { try await keepOutputsOnly() }
      }
      return status
    }
  }

  private func takeLock() throws -> FileLock {
    try BuildDirectories.create(paths.lock.removingLastComponent())
    let lock = try FileLock.acquire(paths.lock, .exclusive, timeout: options.lockTimeout) {
      holder in
      let process = holder.isEmpty ? "another process" : "process \(holder)"
      let message = "waiting for the build of \(process), which holds \(paths.lock)\n"
      _ = try? FileDescriptor.standardError.writeAll(message.utf8)
    }
    guard let lock else {
      throw BuildError.locked(paths.lock, timeout: options.lockTimeout)
    }
    return lock
  }

  /// A publish stage that was killed could not do it.
  private func removePartialPublication() {
    guard let partial = paths.partialPublication, BuildDirectories.exists(partial) else { return }
    try? TerminationSignals.run { try await BuildDirectories.remove(partial) }
  }

  /// After success TMPDIR holds OUTDIR only. A build of some stages keeps what later ones need.
  private func keepOutputsOnly() async throws {
    let depth = paths.temporaryDirectory.components.count
    let kept = paths.outputDirectory.components.dropFirst(depth).first?.string
    for name in BuildDirectories.names(in: paths.temporaryDirectory) where name != kept {
      try await BuildDirectories.remove(paths.temporaryDirectory.appending(name))
    }
  }

  private func runProper() throws -> Int32 {
    var environment = currentEnvironment()
    environment[Self.properVariable] = try configuration.value("build", "build_version")
    // By its path: /proc/self/exe would be the file in the namespaces that are left behind.
    let process = try NamespaceProcess(
      program: SourceDirectory.programPath(), arguments: CommandLine.arguments,
      environment: environment.map { "\($0.key)=\($0.value)" })
    let (end, forwarded) = process.waitForwardingSignals()
    let (signal, status) =
      switch end {
      case .exited(let status): (status - 128, status)
      case .signalled(let signal): (signal, 128 + signal)
      }
    guard signal > 0 else { return status }
    if signal == forwarded { throw Interruption(signal: signal) }
    if [SIGTERM, SIGINT, SIGHUP].contains(signal) { return status }
    throw BuildError.killed(signal: signal, paths.temporaryDirectory)
  }
}
