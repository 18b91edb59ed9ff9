/// Runs the tools that make images, with a fixed time.
struct ImageTools: Sendable {
  /// The time that the tools use as the current time, in seconds since the epoch.
  let timestamp: UInt64

  func run(_ tool: String, _ arguments: [String], input: String? = nil) async throws {
    var environment = Command.toolEnvironment
    environment["E2FSPROGS_FAKE_TIME"] = "\(timestamp)"
    environment["SOURCE_DATE_EPOCH"] = "\(timestamp)"
    environment["MTOOLS_SKIP_CHECK"] = "1"
    environment["TZ"] = "UTC"
    try await Command(tool, arguments, environment: environment, input: input).run()
  }
}
