import Bindings
import Configuration
import Glibc
import SystemPackage

/// A build as seen from outside its namespaces. It checks the requirements, takes the lock, and
/// starts the program again in new namespaces, where `IsolatedBuild` does the work.
package struct Build: Sendable {
  private static let lockOfEIB: FilePath = "/var/lock/eos-image-builder.lock"

  private let configuration: Configuration
  private let request: BuildRequest
  private let paths: BuildPaths

  /// - Throws: `ConfigurationError`.
  package init(_ configuration: Configuration, _ request: BuildRequest) throws {
    self.configuration = configuration
    self.request = request
    paths = try BuildPaths(configuration)
  }

  /// The build version of the process inside the namespaces of a build; nil in any other process.
  package static var isolatedVersion: String? { IsolatedBuild.version }

  /// The version of the build whose files are in the build directory; nil if there are none or they
  /// cannot be read.
  ///
  /// - Throws: `ConfigurationError`, also for unsafe paths.
  package static func existingVersion(for configuration: Configuration) throws -> String? {
    let file = try BuildPaths(configuration).fullConfiguration
    return try? Configuration.load(saved: file).value(Options.build.version)
  }

  /// Runs the build. Must be called on the main thread of a process without other threads.
  ///
  /// - Returns: the exit status of the build.
  /// - Throws: `BuildError`; the errors of `Preflight`, before anything is changed; `LinuxError`;
  ///   `ConfigurationError`; `CommandFailure`; `MissingProgramFiles`; `Interruption` after a
  ///   signal, when the namespaces have ended.
  package func run() throws -> ExitStatus {
    if Self.isolatedVersion != nil {
      return IsolatedBuild(configuration, request, paths).run()
    }
    _ = try BuildPins(request)
    do {
      try Preflight(
        configuration: configuration, paths: paths, stages: request.runningStages,
        bootTest: request.bootTest, isDebugging: request.isDebugging
      ).check()
    } catch {
      RefusedJob(configuration, request, paths)?.record(error)
      throw error
    }
    // The init process of the namespaces inherits the descriptor of the lock, so the lock is held
    // until the last process of the build has ended.
    let locks = try [takeLock(), takeLockOfEIB()]
    return try withExtendedLifetime(locks) {
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
    return try take(paths.lock, .exclusive, orElse: "build another variant")
  }

  /// Takes the lock that EIB holds while it builds, unless `--cachedir` names a cache that EIB cannot
  /// use. EIB ends all processes and removes all mounts in its cache when it begins.
  ///
  /// Builds of this program share the lock.
  private func takeLockOfEIB() throws -> FileLock? {
    let option = Options.build.cacheDirectory.name
    let isOwn =
      paths.cacheDirectory != ConfigurationSources.standardCacheDirectory
      && configuration.origin(of: option.section.text, option.option.text)?.file == nil
    // EIB does not run where it cannot make its lock.
    let directory = Self.lockOfEIB.removingLastComponent()
    guard !isOwn, Directories.isDirectory(directory) else { return nil }
    return try take(Self.lockOfEIB, .shared, orElse: "name another cache with --cachedir")
  }

  private func take(
    _ path: FilePath, _ mode: FileLock.Mode, orElse alternative: String
  ) throws -> FileLock {
    let lock = try FileLock.acquire(path, mode, timeout: request.lockTimeout) { holder in
      let process = holder.isEmpty ? "another process" : "process \(holder)"
      let message = "waiting for the build of \(process), which holds \(path)\n"
      _ = try? FileDescriptor.standardError.writeAll(message.utf8)
    }
    guard let lock else {
      throw BuildError.locked(path, timeout: request.lockTimeout, alternative: alternative)
    }
    return lock
  }

  /// A publish stage that is killed cannot remove its partial publication.
  private func removePartialPublication() {
    guard request.runningStages.contains(.publish) else { return }
    let (configuration, paths) = (configuration, paths)
    try? TerminationSignals.run {
      try await Destinations(configuration, paths).removePartial()
    }
  }

  /// Removes everything but OUTDIR from TMPDIR after a complete build. A build of some stages keeps
  /// the files that later stages need.
  private func keepOutputsOnly() async throws {
    let depth = paths.temporaryDirectory.components.count
    let kept = paths.outputDirectory.components.dropFirst(depth).first?.string
    for name in Directories.names(in: paths.temporaryDirectory) where name != kept {
      try await Directories.remove(paths.temporaryDirectory.appending(name))
    }
  }

  /// The digest of all settings, including private ones.
  static func digest(of configuration: Configuration) throws -> String {
    MessageDigest.hexadecimal(of: try configuration.rendered(.complete, resolved: false))
  }

  private func runIsolated() throws -> ExitStatus {
    var environment = currentEnvironment()
    environment[variable: .isolatedBuild] = try configuration.value(Options.build.version)
    environment[variable: .configurationDigest] = try Self.digest(of: configuration)
    // Not /proc/self/exe, which would refer to the file in the mount namespace of the caller.
    let process: NamespaceProcess
    do {
      process = try NamespaceProcess(
        program: ProgramFiles.running(), arguments: CommandLine.arguments,
        environment: environment.map { "\($0.key)=\($0.value)" })
    } catch let error as LinuxError {
      throw HostPowersError.refusedNamespaces(error)
    }
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
