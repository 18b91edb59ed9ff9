import Bindings
import Configuration
import Dispatch
import Glibc
import SystemPackage

/// Reads a pipe on a thread of its own and passes the lines to a closure.
///
/// Reading stops when the program has ended, not at the end of the file, because a background
/// process may keep the pipe open.
final class LineReader: Sendable {
  private let input: FileDescriptor
  private let stopReadEnd: FileDescriptor
  private let stopWriteEnd: FileDescriptor
  private let finished = DispatchSemaphore(value: 0)

  /// The end of the pipe that the program writes to.
  let writeEnd: FileDescriptor

  /// Creates the pipe and starts reading.
  ///
  /// - Throws: `LinuxError` if the pipe cannot be created.
  init(
    withoutSplitting secrets: SecretFilter, handler: @escaping @Sendable (String) -> Void
  ) throws {
    (input, writeEnd) = try FileDescriptor.privatePipe()
    (stopReadEnd, stopWriteEnd) = try FileDescriptor.privatePipe()
    _ = fcntl(input.rawValue, F_SETFL, O_NONBLOCK)
    DispatchQueue(label: "line-reader").async { [self] in
      readLines(LineSplitter(withoutSplitting: secrets), handler)
      finished.signal()
    }
  }

  deinit {
    try? input.close()
    try? stopReadEnd.close()
  }

  /// Reads the rest of the pipe. Returns when the handler has received all of it.
  func finish() {
    try? writeEnd.close()
    try? stopWriteEnd.close()
    finished.wait()
  }

  private func readLines(_ splitter: LineSplitter, _ handler: (String) -> Void) {
    var splitter = splitter
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    var waits = [
      pollfd(fd: input.rawValue, events: Int16(POLLIN), revents: 0),
      pollfd(fd: stopReadEnd.rawValue, events: Int16(POLLIN), revents: 0),
    ]
    // The number of bytes left to read after the program has ended. Other processes may write
    // without end.
    var rest: Int?
    while rest != 0 {
      poll(&waits, 2, -1)
      if rest == nil, waits[1].revents != 0 {
        rest = unreadCount()
        continue
      }
      let count = read(input.rawValue, &buffer, min(buffer.count, rest ?? buffer.count))
      if count > 0 {
        splitter.append(buffer[..<count], handler)
        rest = rest.map { $0 - count }
      } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
        break
      }
    }
    splitter.finish(handler)
  }

  private func unreadCount() -> Int {
    var count: Int32 = 0
    return ioctl(input.rawValue, UInt(FIONREAD), &count) == 0 ? Int(count) : 0
  }
}

/// Splits a stream of bytes into lines.
struct LineSplitter {
  /// Longer lines are split, so that no program can exhaust the memory.
  static let maximumLineLengthInBytes = 1 << 16

  private let secrets: SecretFilter
  private var rest: [UInt8] = []

  /// - Parameter secrets: the private values. They are not split, because a fragment would not be
  ///   found.
  init(withoutSplitting secrets: SecretFilter) {
    self.secrets = secrets
  }

  mutating func append(_ bytes: ArraySlice<UInt8>, _ handler: (String) -> Void) {
    var remaining = bytes
    while let end = remaining.firstIndex(of: UInt8(ascii: "\n")) {
      rest += remaining[..<end]
      emit(handler)
      remaining = remaining[(end + 1)...]
    }
    rest += remaining
    while rest.count >= Self.maximumLineLengthInBytes, let cut = secrets.cut(rest) {
      handler(String(decoding: rest[..<cut.end], as: UTF8.self))
      rest.removeFirst(cut.next)
    }
  }

  mutating func finish(_ handler: (String) -> Void) {
    if !rest.isEmpty { emit(handler) }
  }

  private mutating func emit(_ handler: (String) -> Void) {
    if rest.last == UInt8(ascii: "\r") { rest.removeLast() }
    handler(String(decoding: rest, as: UTF8.self))
    rest.removeAll(keepingCapacity: true)
  }
}
