import ArgumentParser
import Glibc
import ImageBuilderCore
import SystemPackage

/// Runs a command and turns what it throws into a sentence and an exit status.
///
/// The command may set the filter that takes private values out of the sentence.
func reportingErrors(_ body: (inout (String) -> String) throws -> Int32) throws {
  var filter: (String) -> String = { $0 }
  let status: Int32
  do {
    status = try body(&filter)
  } catch let interruption as Interruption {
    // Dying by the signal itself is how a shell or a farm sees what ended us.
    signal(interruption.signal, SIG_DFL)
    raise(interruption.signal)
    status = 128 + interruption.signal
  } catch let error as ConfigurationError {
    complain(error.single.map { "error: \(filter("\($0)"))" })
    status = exitStatus(of: error)
  } catch {
    complain("error: \(filter("\(error)"))")
    status = exitStatus(of: error)
  }
  if status != 0 { throw ExitCode(status) }
}

/// More than anybody reads at once.
private let mostMessages = 100

/// As sysexits.h numbers them.
private func exitStatus(of error: any Error) -> Int32 {
  switch error {
  case is ConfigurationError: 65
  case let error as BuildError: error.exitStatus
  case let error as VerificationError: error.exitStatus
  default: 2
  }
}

/// Writes messages to standard error, the first hundred of many.
func complain(_ messages: [String]) {
  for message in messages.prefix(mostMessages) { complain(message) }
  let untold = messages.count - mostMessages
  if untold > 0 { complain("error: and \(untold) more") }
}

/// Writes one message to standard error; standard output is for data. What could command a terminal
/// is written in numbers.
func complain(_ message: String) {
  var text = ""
  for scalar in message.unicodeScalars {
    let isCommand = scalar.properties.generalCategory == .control && !["\n", "\t"].contains(scalar)
    text += isCommand ? "\\x\(String(scalar.value, radix: 16))" : String(scalar)
  }
  _ = try? FileDescriptor.standardError.writeAll("image-builder: \(text)\n".utf8)
}
