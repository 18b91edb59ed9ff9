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
  /// The machine of the build.
  let node: String
  /// The exit status of the build.
  let status: ExitStatus
  /// How long the build took, as far as it is known.
  let seconds: Int64?
  /// Nil after a success.
  let failure: Failure?

  /// The end of this build.
  init(
    _ version: PublishedVersion, _ paths: BuildPaths, _ status: ExitStatus, seconds: Int64?,
    _ failure: Failure?
  ) {
    self.version = version
    node = BuildIdentity(paths).host
    self.status = status
    self.seconds = seconds
    self.failure = failure
  }

  private var record: LastTryRecord {
    LastTryRecord(
      variant: version.variant.path, version: version.name, time: UTCDate.text(UInt64(time(nil))),
      succeeded: failure == nil, status: status.rawValue, node: node, seconds: seconds,
      stage: failure?.stage, hook: failure?.hook, message: failure?.message,
      cause: failure?.cause?.text, lastLines: failure?.lastLines,
      log: failure == nil ? nil : logPath)
  }

  private var logPath: String { "\(Self.folder)/\(version.name)\(Self.suffix)" }

  /// Records the end of the build at each destination that has shared files.
  ///
  /// - Parameters:
  ///   - page: the page of a failure, without private values.
  ///   - log: the log of the build; nil if it has none.
  ///   - count: the number of logs of failed builds that each destination keeps.
  /// - Returns: a message for each destination where that failed.
  func write(
    to destinations: [any Destination], page: String = "", log: FilePath?, keeping count: Int
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
    to files: any SharedFiles, page: String, log: FilePath?, keeping count: Int
  ) async throws {
    if failure == nil {
      try await files.remove([logPath])
    } else {
      let text = Array(page.utf8) + [UInt8(ascii: "\n")]
      let all = try log.map { try FileAccess.bytes(of: $0) } ?? []
      try await files.write(text + all.suffix(Self.longestLogInBytes), to: logPath)
      let logs = try await files.files(below: Self.folder)
        .filter { $0.path.hasSuffix(Self.suffix) && $0.path != "\(version.name)\(Self.suffix)" }
        .sorted { ($0.secondsSinceEpoch, $0.path) < ($1.secondsSinceEpoch, $1.path) }
      try await files.remove(logs.dropLast(max(count - 1, 0)).map { "\(Self.folder)/\($0.path)" })
    }
    try await files.write(
      Array(JSONValue(encoding: record).text().utf8), to: LastTryRecord.path(of: version.variant))
  }
}

/// What `.last/VARIANT.json` says. It is advice: another build may have replaced it, and it may be
/// that of a build which did not get far enough to replace it.
struct LastTryRecord: Codable, Sendable, Equatable {
  /// A larger file is none of ours.
  private static let largestInBytes = 1 << 20

  var schema = 1
  let variant: String
  let version: String
  /// When the build ended.
  let time: String
  let succeeded: Bool
  let status: Int32
  let node: String
  let seconds: Int64?
  let stage: Stage?
  let hook: String?
  let message: String?
  /// The known cause, and what to do.
  let cause: String?
  /// The last lines of output of what failed.
  let lastLines: [String]?
  /// The path of the log at the destination.
  let log: String?

  /// The path of the record at a destination.
  static func path(of variant: PublishedVariant) -> String { ".last/\(variant).json" }

  /// Reads the record of a variant; nil if there is none, or if the file is none.
  ///
  /// - Throws: `UnreachableDestination`.
  static func read(_ variant: PublishedVariant, from files: any SharedFiles) async throws -> Self? {
    guard let bytes = try await files.read(path(of: variant))?.bytes, bytes.count <= largestInBytes
    else { return nil }
    let text = String(decoding: bytes, as: UTF8.self)
    guard let record = try? JSONValue.decode(Self.self, parsing: text),
      record.variant == variant.path
    else { return nil }
    return record
  }
}
