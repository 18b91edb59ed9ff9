import Configuration

/// When a failed request is sent again: after a delay that doubles, and not for ever.
struct RetryPolicy: Sendable {
  /// The delay after the first failure, before it is shortened at random.
  var firstDelay: Duration = .seconds(1)
  var largestDelay: Duration = .seconds(30)
  /// How long after the first failure the last attempt may begin.
  var limit: Duration = .seconds(300)
  /// The same if nothing is heard of the server; nil for `limit`.
  var silenceLimit: Duration?
  /// The number of attempts without progress after which there is no other one.
  var largestNumberOfAttempts = Int.max
  /// Receives a sentence for each failure that is followed by another attempt.
  var report: @Sendable (String) -> Void = { _ in }
  /// Waits for a delay.
  var sleep: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
  /// The time of a monotonic clock.
  var now: @Sendable () -> Duration = { .nanoseconds(monotonicNanoseconds()) }
  /// A random number from 0 to 1.
  var jitter: @Sendable () -> Double = { Double.random(in: 0...1) }

  /// The delay before the next attempt; nil if there is none. Half of the delay is random, so that
  /// clients that failed together do not return together.
  ///
  /// - Parameters:
  ///   - failures: the number of failed attempts.
  ///   - elapsed: the time since the first failure.
  ///   - retryAfter: how long the server asks to wait.
  ///   - isSilence: whether nothing was heard of the server.
  ///   - jitter: a random number from 0 to 1.
  func delay(
    afterFailures failures: Int, elapsed: Duration, retryAfter: Duration? = nil,
    isSilence: Bool = false, jitter: Double
  ) -> Duration? {
    guard failures < largestNumberOfAttempts else { return nil }
    var delay = firstDelay
    for _ in 1..<max(failures, 1) where delay < largestDelay { delay *= 2 }
    delay = max(min(delay, largestDelay) * (0.5 + jitter / 2), retryAfter ?? .zero)
    let limit = isSilence ? silenceLimit ?? limit : limit
    return elapsed + delay <= limit ? delay : nil
  }

  /// Runs `body` until it succeeds, fails with an error that is not transient, or has failed for too
  /// long without progress.
  ///
  /// - Parameter hasProgressed: whether the last attempt has got further than those before it. It
  ///   then counts as the first one.
  /// - Throws: what `body` throws last; `CancellationError`.
  func run<Result>(
    hasProgressed: () -> Bool = { false },
    _ body: () async throws -> Result
  ) async throws -> Result {
    var failures = 0
    var firstFailure: Duration?
    while true {
      do {
        return try await body()
      } catch let error as any TransientError where error.isTransient {
        if hasProgressed() { (failures, firstFailure) = (0, nil) }
        failures += 1
        let start = firstFailure ?? now()
        firstFailure = start
        let delay = delay(
          afterFailures: failures, elapsed: now() - start, retryAfter: error.retryAfter,
          isSilence: error.isSilence, jitter: jitter())
        guard let delay else { throw error }
        report("\(error); trying again in \(formattedSeconds(delay))")
        try await sleep(delay)
      }
    }
  }
}

extension RetryPolicy {
  private static let briefLimit: Duration = .seconds(15)

  /// The policy for questions that are asked before a build, when somebody may be waiting.
  var brief: RetryPolicy {
    var policy = self
    policy.limit = min(limit, Self.briefLimit)
    return policy
  }

  /// The policy for the first requests of a build to a server. One of which nothing is heard is
  /// probably not there; one that fails otherwise is, and gets the usual time.
  var ofFirstRequests: RetryPolicy {
    var policy = self
    policy.silenceLimit = min(limit, Self.briefLimit)
    return policy
  }
}
