import ArgumentParser
import Configuration
import Glibc
import SystemPackage

/// Replaces private values in a message.
package typealias MessageFilter = (String) -> String

/// Runs a command, prints its error, and throws the exit status that the error maps to.
///
/// After an `Interruption` the process ends itself with the same signal. The command can set the
/// filter that removes private values from messages.
///
/// - Throws: `ExitCode` for any status but success.
package func reportingErrors(_ body: (inout MessageFilter) throws -> ExitStatus) throws {
  var filter: MessageFilter = { $0 }
  let status: ExitStatus
  do {
    status = try body(&filter)
  } catch let interruption as Interruption {
    // The caller, such as a shell, sees the signal only if the process dies from it.
    signal(interruption.signal, SIG_DFL)
    raise(interruption.signal)
    status = .signal(interruption.signal)
  } catch {
    let errors: [any Error] = (error as? any ErrorList)?.errors ?? [error]
    report(errors.map { "error: \(filter("\($0)"))" })
    status = ExitStatus(of: error)
  }
  if status != .success { throw ExitCode(status.rawValue) }
}

/// Writes an answer to standard output.
///
/// - Throws: `AnswerNotWritten`.
package func answer(_ text: String) throws {
  do {
    try FileDescriptor.standardOutput.writeAll(text.utf8)
  } catch let error as Errno {
    throw AnswerNotWritten(errno: error)
  }
}

/// The answer could not be written, for example because a disk is full.
struct AnswerNotWritten: Error, CustomStringConvertible {
  let errno: Errno

  var description: String { "standard output cannot be written: \(errno)" }
}

/// The number of messages to print.
private let maximumMessages = 100

/// Writes messages to standard error: the first 100, and the number of the others.
package func report(_ messages: [String]) {
  for message in messages.prefix(maximumMessages) { report(message) }
  let remaining = messages.count - maximumMessages
  if remaining > 0 { report("and \(remaining) more message\(remaining == 1 ? "" : "s")") }
}

/// Writes a message to standard error, with the name of the program in front. Control characters
/// except newline and tab are written as `\x` and their hexadecimal number.
package func report(_ message: String) {
  var text = ""
  for scalar in message.unicodeScalars {
    let isControl = scalar.properties.generalCategory == .control && !["\n", "\t"].contains(scalar)
    text += isControl ? "\\x\(String(scalar.value, radix: 16))" : String(scalar)
  }
  _ = try? FileDescriptor.standardError.writeAll("image-builder: \(text)\n".utf8)
}
