import ArgumentParser
import Configuration
import Glibc
import SystemPackage

/// Takes private values out of a message.
package typealias MessageFilter = (String) -> String

/// Runs a command, reports what it throws and ends the process with the status that this leads to.
///
/// The command may set the filter that takes private values out of messages.
package func reportingErrors(_ body: (inout MessageFilter) throws -> ExitStatus) throws {
  var filter: MessageFilter = { $0 }
  let status: ExitStatus
  do {
    status = try body(&filter)
  } catch let interruption as Interruption {
    // Dying by the signal itself is how a shell or a farm sees what ended us.
    signal(interruption.signal, SIG_DFL)
    raise(interruption.signal)
    status = .signal(interruption.signal)
  } catch {
    let errors: [any Error] = (error as? ConfigurationError)?.single ?? [error]
    complain(errors.map { "error: \(filter("\($0)"))" })
    status = ExitStatus(of: error)
  }
  if status != .success { throw ExitCode(status.rawValue) }
}

/// More messages than anybody reads at once.
private let mostMessages = 100

/// Writes messages to standard error, the first hundred of many.
package func complain(_ messages: [String]) {
  for message in messages.prefix(mostMessages) { complain(message) }
  let untold = messages.count - mostMessages
  if untold > 0 { complain("error: and \(untold) more") }
}

/// Writes one message to standard error; standard output is for data. Characters that control a
/// terminal are written as numbers.
package func complain(_ message: String) {
  var text = ""
  for scalar in message.unicodeScalars {
    let isControl = scalar.properties.generalCategory == .control && !["\n", "\t"].contains(scalar)
    text += isControl ? "\\x\(String(scalar.value, radix: 16))" : String(scalar)
  }
  _ = try? FileDescriptor.standardError.writeAll("image-builder: \(text)\n".utf8)
}
