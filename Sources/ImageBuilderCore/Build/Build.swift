import Bindings
import Configuration
import Glibc
import SystemPackage

/// A build, seen from outside: it checks, takes the lock, and starts the program again in
/// namespaces of its own, where `IsolatedBuild` does the work.
package struct Build: Sendable {
  private let configuration: Configuration
  private let request: BuildRequest
  private let paths: BuildPaths

  /// - Throws: `ConfigurationError`, `BuildError`.
  package init(_ configuration: Configuration, _ request: BuildRequest) throws {
    self.configuration = configuration
    self.request = request
    paths = try BuildPaths(configuration)
  }

  /// The build version of the process inside the namespaces of a build; nil in any other process.
  package static var isolatedVersion: String? { IsolatedBuild.version }

  /// The version of the build whose files are in the build's directory; nil when there are none, or
  /// when they are not ours to read.
  ///
  /// - Throws: `ConfigurationError`, `BuildError` for paths that are none.
  package static func versionLeft(for configuration: Configuration) throws -> String? {
    let file = try BuildPaths(configuration).fullConfiguration
    return try? Configuration.load(saved: file).value(Options.build.version)
  }

  /// Builds, from the main thread of a process without other threads.
  ///
  /// - Returns: the exit status of the build.
  /// - Throws: `BuildError` before anything was begun; `Interruption` after a signal, when all is
  ///   cleaned up.
  package func run() throws -> ExitStatus {
    if Self.isolatedVersion != nil {
      return IsolatedBuild(configuration, request, paths).run()
    }
    try Preflight(
      configuration: configuration, paths: paths, stages: request.runningStages,
      bootTest: request.bootTest, isDebugging: request.isDebugging
    ).check()
    // The init process of the namespaces keeps the lock's descriptor, so the lock is held until
    // the last process of the build is gone.
    let lock = try takeLock()
    return try withExtendedLifetime(lock) {
      defer { removePartialPublication() }
      let status = try runIsolated()
      if status == .success && request.stages == nil {
        try TerminationSignals.run { try await keepOutputsOnly() }
      }
      return status
    }
  }

  private func takeLock() throws -> FileLock {
    try Directories.create(paths.lock.removingLastComponent())
    let lock = try FileLock.acquire(paths.lock, .exclusive, timeout: request.lockTimeout) {
      holder in
      let process = holder.isEmpty ? "another process" : "process \(holder)"
      let message = "waiting for the build of \(process), which holds \(paths.lock)\n"
      _ = try? FileDescriptor.standardError.writeAll(message.utf8)
    }
    guard let lock else {
      throw BuildError.locked(paths.lock, timeout: request.lockTimeout)
    }
    return lock
  }

  /// A publish stage that was killed could not do it.
  private func removePartialPublication() {
    let (configuration, paths) = (configuration, paths)
    try? TerminationSignals.run {
      try await Destinations(configuration, paths).removePartial()
    }
  }

  /// After success TMPDIR holds OUTDIR only. A build of some stages keeps what later ones need.
  private func keepOutputsOnly() async throws {
    let depth = paths.temporaryDirectory.components.count
    let kept = paths.outputDirectory.components.dropFirst(depth).first?.string
    for name in Directories.names(in: paths.temporaryDirectory) where name != kept {
      try await Directories.remove(paths.temporaryDirectory.appending(name))
    }
  }

  /// The digest of all settings, private ones included.
  static func digest(of configuration: Configuration) throws -> String {
    MessageDigest.hexadecimal(of: try configuration.rendered(.complete, resolved: false))
  }

  private func runIsolated() throws -> ExitStatus {
    var environment = currentEnvironment()
    environment[variable: .isolatedBuild] = try configuration.value(Options.build.version)
    environment[variable: .configurationDigest] = try Self.digest(of: configuration)
    // By its path: /proc/self/exe would be the file in the namespaces that are left behind.
    let process = try NamespaceProcess(
      program: ProgramFiles.running(), arguments: CommandLine.arguments,
      environment: environment.map { "\($0.key)=\($0.value)" })
    let (end, forwarded) = process.waitForwardingSignals()
    let (signal, status) =
      switch end {
      case .exited(let status): (status - 128, ExitStatus(rawValue: status))
      case .signalled(let signal): (signal, ExitStatus.signal(signal))
      }
    guard signal > 0 else { return status }
    if signal == forwarded { throw Interruption(signal: signal) }
    if [SIGTERM, SIGINT, SIGHUP].contains(signal) { return status }
    throw BuildError.killed(signal: signal, paths.temporaryDirectory)
  }
}
