import Foundation
import Synchronization
import SystemPackage

@testable import Configuration
@testable import ImageBuilderCore

/// The serial console of a machine. The output is written to a transcript file and can be searched.
final class SerialConsole: Sendable {
  private struct State {
    var text: [UInt8] = []
    /// Detects that a boot can no longer succeed, so that a wait ends before its timeout.
    var watch: ConsoleWatch
    /// Where the next search begins. A previous wait has returned everything before it.
    var position = 0
    var isInEscapeSequence = false
    var isClosed = false
  }

  /// The file with all output of the machine.
  let transcript: FilePath
  private let transcriptHandle: FileHandle
  private let input: FileHandle
  private let output: FileHandle
  private let state: Mutex<State>

  /// - Parameters:
  ///   - input: the input of the machine.
  ///   - output: the output of the machine.
  init(input: FileHandle, output: FileHandle, transcript: FilePath) throws {
    self.transcript = transcript
    self.input = input
    self.output = output
    state = Mutex(State(watch: try ConsoleWatch()))
    let file = URL(fileURLWithPath: transcript.string)
    try Data().write(to: file)
    transcriptHandle = try FileHandle(forWritingTo: file)
    let reader = Thread { [weak self, output] in
      while true {
        let bytes = output.availableData
        guard let self, self.append(bytes) else { return }
      }
    }
    reader.start()
  }

  /// Whether the machine has closed the console, which it does when it ends.
  var isClosed: Bool { state.withLock { $0.isClosed } }

  /// Types `text`. A line feed is the Enter key.
  func type(_ text: String) throws {
    try input.write(contentsOf: Data(text.utf8))
  }

  /// Waits until one of `texts` is printed. Returns the output since the last wait, including that
  /// text, without escape sequences and carriage returns.
  ///
  /// - Throws: `VirtualMachineFailure` at the timeout, after a fatal message, or if the machine
  ///   ends.
  @discardableResult
  func wait(for texts: String..., timeout: Duration) async throws -> String {
    let deadline = ContinuousClock.now + timeout
    var searched = 0
    while true {
      let wasClosed = isClosed
      if let found = take(texts, searched: &searched) { return found }
      let waited = texts.map { "'\($0)'" }.joined(separator: " or ")
      if let fatal = state.withLock({ $0.watch.failure?.kind }) {
        throw failure("\(fatal.rawValue) while \(waited) was expected")
      }
      if wasClosed { throw failure("the machine ended while \(waited) was expected") }
      if ContinuousClock.now > deadline {
        throw failure("\(waited) was not printed within \(timeout)")
      }
      try await Task.sleep(for: .milliseconds(50))
    }
  }

  /// Returns a failure with the end of the console text.
  func failure(_ what: String) -> VirtualMachineFailure {
    let tail = state.withLock { String(decoding: $0.text.suffix(2000), as: UTF8.self) }
    return VirtualMachineFailure(what: what, lastText: tail, transcript: transcript)
  }

  private func append(_ bytes: Data) -> Bool {
    try? transcriptHandle.write(contentsOf: bytes)
    return state.withLock { state in
      if bytes.isEmpty {
        state.isClosed = true
        return false
      }
      state.watch.append(Array(bytes))
      for byte in bytes {
        if state.isInEscapeSequence {
          // ESC [ parameters letter, or ESC letter.
          let isEnd = UInt8(ascii: "@")...UInt8(ascii: "~") ~= byte && byte != UInt8(ascii: "[")
          state.isInEscapeSequence = !isEnd
        } else if byte == 0x1B {
          state.isInEscapeSequence = true
        } else if byte != UInt8(ascii: "\r") && byte != 0 {
          state.text.append(byte)
        }
      }
      return true
    }
  }

  private func take(_ texts: [String], searched: inout Int) -> String? {
    state.withLock { state in
      let unread = Data(state.text[state.position...])
      let overlap = texts.map(\.utf8.count).max() ?? 0
      let start = max(0, searched - overlap)
      let ends = texts.compactMap { unread.range(of: Data($0.utf8), in: start..<unread.count) }
        .map(\.upperBound)
      searched = unread.count
      guard let end = ends.min() else { return nil }
      state.position += end
      return String(decoding: unread[..<end], as: UTF8.self)
    }
  }
}

/// A virtual machine did not do what the test expected.
struct VirtualMachineFailure: Error, CustomStringConvertible {
  let what: String
  let lastText: String
  let transcript: FilePath

  var description: String {
    "\(what). The whole console is in \(transcript); its end:\n\(lastText)"
  }
}
