import Foundation
import SystemPackage
import TestSupport

@testable import Configuration
@testable import ImageBuilderCore

/// A virtual machine from its start to its next restart, controlled through its serial console.
actor DrivenMachine {
  /// A boot can take this long if instructions are emulated.
  static let bootTimeout = Duration.seconds(300)
  /// The maximum lifetime of a machine, for tests that are killed before they end it.
  private static let lifetimeInSeconds = 3600

  /// The machine's serial console.
  nonisolated let console: SerialConsole
  private let process = Process()
  /// Retained until the machine ends.
  private let hardware: MachineHardware
  private var commandCount = 0

  /// Starts the machine.
  ///
  /// - Parameters:
  ///   - hardware: hardware that no other running machine uses.
  ///   - transcript: the file for everything that the machine prints.
  init(_ hardware: MachineHardware, transcript: FilePath) throws {
    self.hardware = hardware
    let machine = hardware.machine
    let input = Pipe()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments =
      ["timeout", "--kill-after=5", "\(Self.lifetimeInSeconds)", machine.model.emulator.name]
      + hardware.arguments + ["-no-reboot", "-serial", "stdio"]
    process.standardInput = input
    process.standardOutput = output
    process.standardError = output
    console = try SerialConsole(
      input: input.fileHandleForWriting, output: output.fileHandleForReading,
      transcript: transcript)
    try process.run()
    try output.fileHandleForWriting.close()
    try input.fileHandleForReading.close()
  }

  deinit { Self.end(process) }

  /// Waits until `text` is printed. See `SerialConsole.wait`.
  @discardableResult
  func waitFor(_ text: String, timeout: Duration = bootTimeout) async throws -> String {
    try await console.wait(for: text, timeout: timeout)
  }

  /// Waits for the login prompt, logs in, and prepares the shell for `run`.
  func login(user: String, password: String, timeout: Duration = bootTimeout) async throws {
    try await console.wait(for: "login: ", timeout: timeout)
    try console.type("\(user)\n")
    try await console.wait(
      for: "assword: ", "passe : ", "traseña: ", "Senha: ", timeout: .seconds(60))
    try console.type("\(password)\n")
    // A refused login prints "Login incorrect", "Login incorrecto" or "Login incorreto".
    let answer = try await console.wait(for: "$ ", "# ", "ogin incorre", timeout: .seconds(120))
    if answer.hasSuffix("incorre") {
      throw console.failure("the machine does not let '\(user)' in with the password given")
    }
    try console.type("exec env PS1= PS2= /bin/sh\n")
    // Only root can silence the kernel and the service manager. Other users see their messages.
    let quiet = "dmesg -n 1; kill -s RTMIN+21 1; stty -echo"
    try console.type("{ \(quiet); } 2>/dev/null; echo shell-is-''ready\n")
    try await console.wait(for: "shell-is-ready\n", timeout: .seconds(60))
  }

  /// Runs a shell command after `login` and returns its output, including standard error.
  ///
  /// The output is encoded, each line is marked, and the length is compared, because other programs
  /// may print on the console at the same time.
  func run(
    _ command: String, timeout: Duration = .seconds(120)
  ) async throws -> (output: String, status: Int32) {
    let encoded = Data(command.utf8).base64EncodedString()
    precondition(encoded.utf8.count < 3500, "a terminal line has room for 4095 bytes")
    commandCount += 1
    let mark = "mark-\(commandCount)-\(UInt32.random(in: 0 ... .max))"
    let file = "/tmp/\(mark)"
    try console.type("sh -c \"$(echo \(encoded) | base64 -d)\" >\(file) 2>&1 </dev/null; s=$?\n")
    var limit = timeout
    for _ in 1...3 {
      // The quotes prevent an echo of the line from being mistaken for the answer.
      try console.type(
        "base64 \(file) | sed 's/.*/''\(mark):&:/'; echo '\(mark)'-end $s $(wc -c <\(file)).\n")
      let text = try await console.wait(for: "\(mark)-end ", timeout: limit)
      let end = try await console.wait(for: ".\n", timeout: .seconds(60))
      let numbers = end.dropLast(2).split(separator: " ").compactMap { Int($0) }
      let output = Self.decode(text, mark: mark)
      if numbers.count == 2, let output, output.count == numbers[1] {
        try console.type("rm -f \(file)\n")
        return (String(decoding: output, as: UTF8.self), Int32(numbers[0]))
      }
      limit = .seconds(60)
    }
    throw console.failure("the output of '\(command)' came damaged three times")
  }

  /// Waits until the machine is switched off or restarted from inside.
  func waitForEnd(timeout: Duration = bootTimeout) async throws {
    let deadline = ContinuousClock.now + timeout
    while process.isRunning {
      if ContinuousClock.now > deadline {
        throw console.failure("the machine did not end within \(timeout)")
      }
      try await Task.sleep(for: .milliseconds(100))
    }
  }

  private static func decode(_ text: String, mark: String) -> Data? {
    let lines = text.split(separator: "\n").compactMap { line -> Substring? in
      guard let start = line.range(of: "\(mark):", options: .backwards) else { return nil }
      let rest = line[start.upperBound...]
      return rest.hasSuffix(":") ? rest.dropLast() : nil
    }
    return Data(base64Encoded: lines.joined())
  }

  /// Ends a process that was started with `timeout`, which leads its own process group.
  ///
  /// SIGKILL is necessary, because children of Foundation's `Process` inherit SIGTERM blocked.
  static func end(_ process: Process) {
    guard process.isRunning else { return }
    kill(-process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }
}
