/// Runs the tools that make images, with a clock that stands still.
struct ImageTools: Sendable {
  /// Seconds since the epoch that the tools take for the current time.
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
