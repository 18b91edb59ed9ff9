import Configuration
import Glibc
import Subprocess
import SystemPackage

/// A program to run, with its arguments, environment and input. This type starts all programs of
/// the core, except the process of the build itself, which needs namespaces.
struct Command: Sendable {
  /// A path, or a name that is searched for in PATH.
  var program: String
  var arguments: [String]
  /// The complete environment.
  var environment: [String: String]
  var workingDirectory: FilePath?
  /// The standard input of the program; nil for none.
  var input: String?
  /// The time between SIGTERM and SIGKILL.
  var grace: Duration = .seconds(2)

  /// The environment of the tools that the core runs. Only proxies are inherited.
  static let toolEnvironment: [String: String] = {
    var environment = ["PATH": SearchPath.standard, "LANG": "C.UTF-8", "HOME": "/nonexistent"]
    for name in ["http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "all_proxy"] {
      for name in [name, name.uppercased()] {
        if let value = getenv(name) { environment[name] = String(cString: value) }
      }
    }
    return environment
  }()

  init(
    _ program: String, _ arguments: [String], environment: [String: String] = toolEnvironment,
    workingDirectory: FilePath? = nil, input: String? = nil
  ) {
    self.program = program
    self.arguments = arguments
    self.environment = environment
    self.workingDirectory = workingDirectory
    self.input = input
  }

  /// The command in shell syntax, without its environment.
  var shellText: String {
    ([program] + arguments).map(shellQuoted).joined(separator: " ")
  }

  /// The program and its arguments, separated by spaces, as in `RunningProcess.commandLine`.
  var commandLine: String { ([program] + arguments).joined(separator: " ") }

  /// Runs the program and waits for its end. If the task is cancelled, the program and its process
  /// group receive SIGTERM and, after `grace`, SIGKILL.
  ///
  /// - Parameters:
  ///   - secrets: the private values. They are not split if a line is so long that it must be
  ///     split.
  ///   - standardOutput: the file for standard output. If nil, standard output is passed to
  ///     `output`.
  ///   - output: called on another thread with each line of standard error and, unless it goes to a
  ///     file, standard output, in the order in which they were written.
  ///   - whenEnded: called when the program has ended or could not be started, while its output is
  ///     still read.
  /// - Throws: `CommandFailure` if the program cannot be started or does not exit with 0;
  ///   `CancellationError`; `LinuxError`.
  func run(
    withoutSplitting secrets: SecretFilter = SecretFilter([]),
    standardOutput: FileDescriptor? = nil,
    output: @escaping @Sendable (String) -> Void = { _ in }, whenEnded: () -> Void = {}
  ) async throws {
    if StageLog.isDebugging { StageLog.line("command", shellText) }
    let tail = LineTail()
    let reader = try LineReader(withoutSplitting: secrets) { line in
      tail.append(line)
      output(line)
    }
    let status: TerminationStatus
    do {
      status = try await terminationStatus(
        standardOutput: standardOutput ?? reader.writeEnd, standardError: reader.writeEnd)
      whenEnded()
      reader.finish()
    } catch {
      whenEnded()
      reader.finish()
      try Task.checkCancellation()
      guard error is SubprocessError else { throw error }
      throw CommandFailure(command: self, reason: .notStarted("\(error)"), lastLines: tail.lines)
    }
    try Task.checkCancellation()
    switch status {
    case .exited(0): return
    case .exited(let code):
      throw CommandFailure(command: self, reason: .exited(code), lastLines: tail.lines)
    case .signaled(let signal):
      throw CommandFailure(command: self, reason: .signalled(signal), lastLines: tail.lines)
    }
  }

  /// Runs the program and returns its standard output and standard error, lines joined by newlines.
  ///
  /// - Throws: the errors of `run`.
  func text() async throws -> String {
    let lines = LineCollector()
    try await run { lines.append($0) }
    return lines.text
  }

  private func terminationStatus(
    standardOutput: FileDescriptor, standardError: FileDescriptor
  ) async throws -> TerminationStatus {
    var options = PlatformOptions()
    options.processGroupID = 0
    options.teardownSequence = [
      .send(signal: .terminate, toProcessGroup: true, allowedDurationToNextStep: grace)
    ]
    let executable: Executable =
      program.contains("/") ? .path(FilePath(program)) : .path(try locate(program))
    // swift-subprocess 1.0.2 reads raw entries up to a NUL, which the caller must add.
    let variables = environment.map { Array("\($0.key)=\($0.value)\0".utf8) }
    let configuration = Subprocess.Configuration(
      executable: executable, arguments: Arguments(arguments), environment: .custom(variables),
      workingDirectory: workingDirectory, platformOptions: options)
    let output = FileDescriptorOutput.fileDescriptor(
      standardOutput, closeAfterSpawningProcess: false)
    let errors = FileDescriptorOutput.fileDescriptor(
      standardError, closeAfterSpawningProcess: false)
    guard let input else {
      return try await Subprocess.run(
        configuration, input: .none, output: output, error: errors
      ).terminationStatus
    }
    return try await Subprocess.run(
      configuration, input: .string(input), output: output, error: errors
    ).terminationStatus
  }

  private func locate(_ name: String) throws -> FilePath {
    let path = environment["PATH"] ?? SearchPath.standard
    guard let found = SearchPath.find(name, in: path) else {
      throw CommandFailure(
        command: self, reason: .notStarted("there is no \(name) in \(path)"), lastLines: [])
    }
    return found
  }
}
