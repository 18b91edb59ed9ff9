/// Runs `body`, and cancels it if it takes longer than `limit`.
///
/// - Parameters:
///   - limit: nil means no limit.
///   - error: called when the time is up, before `body` is cancelled.
/// - Throws: `error`; what `body` throws.
func withTimeLimit<Result: Sendable>(
  _ limit: Duration?, orThrow error: @escaping @Sendable () -> any Error,
  _ body: @escaping @Sendable () async throws -> Result
) async throws -> Result {
  guard let limit else { return try await body() }
  return try await withThrowingTaskGroup(of: Result.self) { group in
    defer { group.cancelAll() }
    group.addTask { try await body() }
    group.addTask {
      try await Task.sleep(for: limit)
      throw error()
    }
    return try await group.next()!
  }
}
