import Bindings
import Glibc
import Synchronization
import SystemPackage

/// The log of a build: each line goes to the terminal and to build.txt, with the time in UTC in
/// front and private values taken out.
final class BuildLog: Sendable {
  /// What takes private values out.
  let filter: SecretFilter
  private let file: Mutex<FileDescriptor>

  /// Begins a log file, or goes on with the one of earlier stages.
  ///
  /// - Throws: `Errno`.
  init(_ path: FilePath, filter: SecretFilter) throws {
    self.filter = filter
    file = Mutex(
      try FileDescriptor.open(
        path, .writeOnly, options: [.create, .append, .closeOnExec, .noFollow],
        permissions: .worldReadable))
  }

  deinit {
    file.withLock { try? $0.close() }
  }

  /// Adds one line or more.
  func write(_ text: String) {
    for line in filter(text).split(separator: "\n", omittingEmptySubsequences: false) {
      let entry = Array("\(Self.clockTime()) \(line)\n".utf8)
      file.withLock { file in
        _ = try? file.writeAll(entry)
        _ = try? FileDescriptor.standardError.writeAll(entry)
      }
    }
  }

  private static func clockTime() -> String {
    var now = time(nil)
    var parts = tm()
    gmtime_r(&now, &parts)
    return [parts.tm_hour, parts.tm_min, parts.tm_sec]
      .map { $0 < 10 ? "0\($0)" : "\($0)" }
      .joined(separator: ":")
  }
}
