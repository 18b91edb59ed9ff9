import Configuration
import Glibc
import SystemPackage

/// The program that links the libraries of a build. It builds, runs stages and verifies outputs.
package enum Engine {
  /// Replaces this process with the engine.
  ///
  /// - Parameter arguments: by default, the same command line.
  /// - Throws: `MissingProgramFiles`, `EngineNotStarted`.
  static func run(_ arguments: [String] = Array(CommandLine.arguments.dropFirst())) throws -> Never
  {
    let engine = try ProgramFiles.engine()
    let arguments = [engine.string] + arguments
    var pointers = arguments.map { strdup($0) } + [nil]
    execv(engine.string, &pointers)
    throw EngineNotStarted(engine: engine, errno: Errno(rawValue: errno))
  }
}

/// The engine exists but cannot be executed.
struct EngineNotStarted: ExitStatusError, CustomStringConvertible {
  let engine: FilePath
  let errno: Errno

  var exitStatus: ExitStatus { .unavailable }
  var description: String { "cannot start \(engine): \(errno)" }
}
