import Configuration
import SystemPackage

/// Runs the tools that make images, with a fixed time and with plain names for files.
struct ImageTools: Sendable {
  /// The name of the image for the tools.
  static let image = "image"

  /// The time that the tools use as the current time, in seconds since the epoch.
  let timestamp: UInt64
  /// mke2fs 1.47 writes later times as times of the 20th century.
  private static let latestTimestamp = UInt64(Int32.max)

  init(timestamp: UInt64) {
    self.timestamp = min(timestamp, Self.latestTimestamp)
  }

  /// Runs a tool that knows the image as `image`.
  ///
  /// - Parameter others: other files, by the names that the tool knows them by.
  /// - Returns: the output, lines joined by newlines.
  /// - Throws: `CommandFailure`, `LinuxError`.
  @discardableResult
  func run(
    _ tool: String, on image: FilePath, naming others: [String: FilePath] = [:],
    _ arguments: [String], input: String? = nil
  ) async throws -> String {
    var environment = Command.toolEnvironment
    // e2fsprogs 1.47 uses the current time if this is 0.
    environment["E2FSPROGS_FAKE_TIME"] = "\(max(timestamp, 1))"
    environment["SOURCE_DATE_EPOCH"] = "\(timestamp)"
    environment["MTOOLS_SKIP_CHECK"] = "1"
    environment["TZ"] = "UTC"
    return try await TemporaryDirectory.with(in: image.removingLastComponent()) { directory in
      let names = PlainNames(directory: directory)
      try names.set(Self.image, to: image)
      for (name, file) in others { try names.set(name, to: file) }
      return try await Command(
        tool, arguments, environment: environment, workingDirectory: directory, input: input
      ).text()
    }
  }
}
