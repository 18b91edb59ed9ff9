import Configuration
import FoundationEssentials
import Glibc
import SystemPackage

/// How the last build of a variant ended, at a destination: `.last/VARIANT.json`, and for a failed
/// build `failed/OUTVERSION.build.txt`, its page and its log.
struct LastTry {
  private static let folder = "failed"
  private static let suffix = ".build.txt"
  /// A log is cut to its end.
  private static let longestLogInBytes = 8 << 20

  let version: PublishedVersion
  /// Nil after a success.
  let failure: Failure?

  /// The record, with a newline at the end.
  private var record: String {
    get throws {
      try JSONValue.object([
        "schema": .integer(1), "variant": .string(version.variant.path),
        "version": .string(version.name), "time": .string(UTCDate.text(UInt64(time(nil)))),
        "succeeded": .boolean(failure == nil),
        "stage": .optional(failure?.stage?.rawValue), "hook": .optional(failure?.hook),
        "message": .optional(failure?.message),
        "log": .optional(failure == nil ? nil : logPath),
      ]).text()
    }
  }

  private var logPath: String { "\(Self.folder)/\(version.name)\(Self.suffix)" }

  /// Records the end of the build at each destination that has shared files.
  ///
  /// - Parameters:
  ///   - page: the page of a failure, without private values.
  ///   - log: the log of the build.
  ///   - count: the number of logs of failed builds that each destination keeps.
  /// - Returns: a message for each destination where that failed.
  func write(
    to destinations: [any Destination], page: String = "", log: FilePath, keeping count: Int
  ) async -> [String] {
    var problems: [String] = []
    for destination in destinations {
      guard let files = destination.sharedFiles else { continue }
      do {
        try await write(to: files, page: page, log: log, keeping: count)
      } catch {
        problems.append("how the build ended could not be recorded: \(error)")
      }
    }
    return problems
  }

  private func write(
    to files: any SharedFiles, page: String, log: FilePath, keeping count: Int
  ) async throws {
    if failure == nil {
      try await files.remove([logPath])
    } else {
      let text = Array(page.utf8) + [UInt8(ascii: "\n")]
      let all = try FileAccess.bytes(of: log)
      try await files.write(text + all.suffix(Self.longestLogInBytes), to: logPath)
      let logs = try await files.files(below: Self.folder)
        .filter { $0.path.hasSuffix(Self.suffix) && $0.path != "\(version.name)\(Self.suffix)" }
        .sorted { ($0.secondsSinceEpoch, $0.path) < ($1.secondsSinceEpoch, $1.path) }
      try await files.remove(logs.dropLast(max(count - 1, 0)).map { "\(Self.folder)/\($0.path)" })
    }
    try await files.write(Array(try record.utf8), to: ".last/\(version.variant).json")
  }
}
