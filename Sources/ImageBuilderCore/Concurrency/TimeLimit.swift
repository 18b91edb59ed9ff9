/// Runs `body`, and cancels it if it takes longer than `limit`.
///
/// - Parameters:
///   - limit: nil means no limit.
///   - error: called when the time is up, before `body` is cancelled.
/// - Throws: `error`; what `body` throws.
func withTimeLimit(
  _ limit: Duration?, orThrow error: @escaping @Sendable () -> any Error,
  _ body: @escaping @Sendable () async throws -> Void
) async throws {
  guard let limit else { return try await body() }
  try await withThrowingTaskGroup(of: Void.self) { group in
    group.addTask { try await body() }
    group.addTask {
      try await Task.sleep(for: limit)
      throw error()
    }
    try await group.next()
    group.cancelAll()
  }
}
