import Foundation
import SystemPackage

/// The result of a program that a test ran.
package struct Outcome: Sendable {
  /// The exit status; 128 + N after signal N, as in a shell.
  package let status: Int32
  package let output: String
  package let errors: String

  package var lines: [String] { output.split(separator: "\n").map(String.init) }
}

/// A program of a test failed. The description contains its output.
package struct ShellFailure: Error, CustomStringConvertible {
  package let command: String
  package let outcome: Outcome

  package init(command: String, outcome: Outcome) {
    self.command = command
    self.outcome = outcome
  }

  package var description: String {
    "\(command)\nended with \(outcome.status)\n\(outcome.output)\n\(outcome.errors)"
  }
}

/// Runs programs for tests.
package enum Shell {
  /// Runs a bash script with `set -e` and `pipefail`.
  ///
  /// - Throws: `ShellFailure` if it does not exit with 0.
  @discardableResult
  package static func run(_ script: String, environment: [String: String] = [:]) throws -> Outcome {
    let outcome = try start(
      "/bin/bash", ["-c", "set -e -o pipefail; " + script], environment: environment)
    guard outcome.status == 0 else { throw ShellFailure(command: script, outcome: outcome) }
    return outcome
  }

  /// Runs a program to its end. A nonzero status is not an error.
  package static func start(
    _ program: String, _ arguments: [String], environment: [String: String] = [:],
    directory: FilePath? = nil
  ) throws -> Outcome {
    try RunningProgram(program, arguments, environment: environment, directory: directory).wait()
  }
}

/// A program that runs concurrently with a test.
package final class RunningProgram {
  private let process = Process()
  private let outputFile: FilePath
  private let errorFile: FilePath

  package init(
    _ program: String, _ arguments: [String], environment: [String: String] = [:],
    directory: FilePath? = nil
  ) throws {
    let base = "/var/tmp/ib-test-output-\(UUID().uuidString)"
    outputFile = FilePath("\(base).out")
    errorFile = FilePath("\(base).err")
    for file in [outputFile, errorFile] {
      _ = FileManager.default.createFile(atPath: file.string, contents: nil)
    }
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    if let directory { process.currentDirectoryURL = URL(fileURLWithPath: directory.string) }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle(forWritingAtPath: outputFile.string)
    process.standardError = FileHandle(forWritingAtPath: errorFile.string)
    try process.run()
  }

  package var processID: Int32 { process.processIdentifier }
  package var isRunning: Bool { process.isRunning }

  /// The standard error of the program so far.
  package var errors: String {
    (try? String(contentsOfFile: errorFile.string, encoding: .utf8)) ?? ""
  }

  package func send(_ signal: Int32) {
    kill(processID, signal)
  }

  package func wait() -> Outcome {
    process.waitUntilExit()
    let status =
      process.terminationReason == .exit
      ? process.terminationStatus : 128 + process.terminationStatus
    let output = (try? Data(contentsOf: URL(fileURLWithPath: outputFile.string))) ?? Data()
    let outcome = Outcome(
      status: status, output: String(decoding: output, as: UTF8.self), errors: errors)
    for file in [outputFile, errorFile] { unlink(file.string) }
    return outcome
  }
}
