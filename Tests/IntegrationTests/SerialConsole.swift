import Foundation
import Synchronization
import SystemPackage

@testable import Configuration
@testable import ImageBuilderCore

/// What a machine prints on its serial console: kept in a transcript file, searched as text.
final class SerialConsole: Sendable {
  private struct State {
    var text: [UInt8] = []
    /// Tells when a boot cannot succeed any more, so that nobody waits for the time-out.
    var watch: ConsoleWatch
    /// Where the next search begins: everything before it was returned by an earlier wait.
    var position = 0
    var isInEscapeSequence = false
    var isClosed = false
  }

  /// The file with every byte that the machine printed.
  let transcript: FilePath
  private let transcriptHandle: FileHandle
  private let input: FileHandle
  private let output: FileHandle
  private let state: Mutex<State>

  /// - Parameters:
  ///   - input: what is written to it, the machine reads.
  ///   - output: what the machine prints.
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

  /// Whether the machine closed the console, which it does when it ends.
  var isClosed: Bool { state.withLock { $0.isClosed } }

  /// Types `text`; a line feed is the return key.
  func type(_ text: String) throws {
    try input.write(contentsOf: Data(text.utf8))
  }

  /// Waits until one of `texts` was printed and returns all that came since the last wait, up to
  /// and with it. Escape sequences and carriage returns are not in the text.
  ///
  /// - Throws: `VirtualMachineFailure` at the time-out, and at once after a fatal text or when the
  ///   machine ends.
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

  /// A failure that carries the end of the console's text.
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

/// Why a virtual machine did not do what the test asked for.
struct VirtualMachineFailure: Error, CustomStringConvertible {
  let what: String
  let lastText: String
  let transcript: FilePath

  var description: String {
    "\(what). The whole console is in \(transcript); its end:\n\(lastText)"
  }
}
