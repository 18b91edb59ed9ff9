import SystemPackage

/// One boot of an image. It ends when the system is up or the boot has failed.
struct Boot: Sendable {
  /// What proves that the system is up.
  enum Proof: Sendable {
    case report(BootExpectation)
    /// A regular expression that the output on the serial console must match.
    case console(String)
  }

  /// The result of a boot.
  struct Outcome: Sendable {
    /// Nil if the system came up.
    let failure: BootFailure?
    let duration: Duration
    /// The output on the serial console.
    let transcript: String
    /// The lines of the transcript that show the failure.
    let lines: [String]
  }

  static let screenshot = "screen.png"
  private static let consoleLimitInBytes = 16 << 20
  private static let pollInterval = Duration.milliseconds(200)
  private static let delayAfterFailure = Duration.seconds(1)
  /// Under KVM, a kernel starts to print, or the whole system is up, long before this time.
  private static let signOfLifeTimeout = Duration.seconds(60)

  let machine: VirtualMachine
  let proof: Proof
  let timeout: Duration
  /// An empty directory for the files that the machine writes.
  let directory: FilePath

  /// Boots the image.
  ///
  /// - Throws: `LinuxError`, `CancellationError`. A system that does not come up is an outcome, not
  ///   an error.
  func run() async throws -> Outcome {
    try machine.copyVariables()
    let emulator = try EmulatorProcess(command, in: directory)
    return try await withThrowingTaskGroup(of: Outcome?.self) { group in
      defer { group.cancelAll() }
      group.addTask {
        await emulator.run()
        return nil
      }
      group.addTask {
        let outcome = try await watch(emulator)
        await emulator.finish(screenshot: Self.screenshot)
        return outcome
      }
      for try await outcome in group {
        if let outcome { return outcome }
      }
      throw CancellationError()
    }
  }

  private var command: Command {
    let ports = [
      "-chardev", "file,id=console,path=console.txt", "-serial", "chardev:console",
      "-chardev", "file,id=report,path=report.json", "-device", "virtio-serial-pci",
      "-device", "virtserialport,chardev=report,name=\(BootReport.portName)",
    ]
    return Command(
      machine.model.emulator.name,
      machine.arguments + ports + EmulatorProcess.monitorArguments, workingDirectory: directory)
  }

  private func watch(_ emulator: EmulatorProcess) async throws -> Outcome {
    let clock = ContinuousClock()
    let begin = clock.now
    var watch = try ConsoleWatch(successPattern: successPattern)
    var console = FollowedFile(directory.appending("console.txt"), Self.consoleLimitInBytes)
    var report = FollowedFile(
      directory.appending("report.json"), BootReport.maximumLengthInBytes)
    var reported: [UInt8] = []
    func outcome(_ failure: BootFailure?, _ lines: [String] = []) -> Outcome {
      Outcome(
        failure: failure, duration: clock.now - begin, transcript: watch.text.text, lines: lines)
    }
    while true {
      let end = emulator.end
      watch.append(try console.newBytes())
      reported += try report.newBytes()
      if let failure = watch.failure {
        // The lines that follow immediately often show the cause.
        try await Task.sleep(for: Self.delayAfterFailure)
        watch.append(try console.newBytes())
        return outcome(.console(failure.kind, line: failure.line), watch.relevantLines)
      }
      switch proof {
      case .console:
        if watch.showsSuccess { return outcome(nil) }
      case .report(let expectation):
        if let line = reported.firstIndex(of: UInt8(ascii: "\n")).map({ reported[..<$0] }) {
          let problem = Self.problem(line, expectation)
          return outcome(problem, problem == nil ? [] : watch.failedUnitLines)
        }
      }
      if let failure = overdue(watch, end, console, report, clock.now - begin) {
        return outcome(failure, watch.relevantLines)
      }
      try await Task.sleep(for: Self.pollInterval)
    }
  }

  private var successPattern: String? {
    guard case .console(let pattern) = proof else { return nil }
    return pattern
  }

  private static func problem(
    _ line: some Sequence<UInt8>, _ expectation: BootExpectation
  ) -> BootFailure? {
    do {
      return try BootReport(parsing: line).problem(expectation)
    } catch {
      return error
    }
  }

  /// The reason to stop waiting; nil to continue.
  private func overdue(
    _ watch: ConsoleWatch, _ end: String?, _ console: FollowedFile, _ report: FollowedFile,
    _ elapsed: Duration
  ) -> BootFailure? {
    if let end { return .machineEnded(end, kernelWasSeen: watch.showsKernel) }
    if console.isFull { return .endlessConsole(limitInBytes: Self.consoleLimitInBytes) }
    if report.isFull { return .endlessReport(limitInBytes: BootReport.maximumLengthInBytes) }
    let isSilent = !watch.showsKernel && elapsed > Self.signOfLifeTimeout
    if machine.acceleration == .kvm && isSilent { return .noSignOfLife }
    return elapsed > timeout ? .timedOut(timeout, isReportExpected: successPattern == nil) : nil
  }
}
