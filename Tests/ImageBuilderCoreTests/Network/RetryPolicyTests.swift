import Synchronization
import TestSupport
import Testing

@testable import Bindings
@testable import ImageBuilderCore

@Suite struct RetryPolicyTests {
  private struct Failure: TransientError, Equatable {
    var isTransient = true
    var retryAfter: Duration?
    var isSilence = false
  }

  @Test func delaysDoubleUpToTheLargestAndHalfOfThemIsRandom() {
    let policy = RetryPolicy(firstDelay: .seconds(2), largestDelay: .seconds(10))
    let longest = [1, 2, 3, 4, 1000].map {
      policy.delay(afterFailures: $0, elapsed: .zero, jitter: 1)
    }
    #expect(longest == [2, 4, 8, 10, 10].map { .seconds($0) })
    #expect(policy.delay(afterFailures: 2, elapsed: .zero, jitter: 0) == .seconds(2))
    #expect(policy.delay(afterFailures: 2, elapsed: .zero, jitter: 0.5) == .seconds(3))
  }

  @Test func aServerMayAskForALongerDelayButNotBeyondTheLimit() {
    let policy = RetryPolicy(limit: .seconds(60))
    func delay(_ retryAfter: Int, elapsed: Int = 0) -> Duration? {
      policy.delay(
        afterFailures: 1, elapsed: .seconds(elapsed), retryAfter: .seconds(retryAfter), jitter: 1)
    }
    #expect(delay(0) == .seconds(1))
    #expect(delay(60) == .seconds(60))
    #expect(delay(61) == nil)
    #expect(delay(0, elapsed: 59) == .seconds(1))
    #expect(delay(0, elapsed: 60) == nil)
  }

  /// A policy whose clock stands still except when it waits, and the delays that it has waited.
  private final class Waiting: Sendable {
    let delays = Mutex<[Duration]>([])
    let sentences = Mutex<[String]>([])

    func policy(limit: Int) -> RetryPolicy {
      RetryPolicy(
        limit: .seconds(limit), report: { text in self.sentences.withLock { $0.append(text) } },
        sleep: { delay in self.delays.withLock { $0.append(delay) } },
        now: { self.delays.withLock { $0.reduce(.zero, +) } }, jitter: { 1 })
    }
  }

  @Test func transientFailuresAreFollowedByAnotherAttempt() async throws {
    let waiting = Waiting()
    var failures = [Failure(retryAfter: .seconds(7)), Failure()]
    let result = try await waiting.policy(limit: 100).run {
      if let failure = failures.popLast() { throw failure }
      return "done"
    }
    #expect(result == "done")
    #expect(waiting.delays.withLock { $0 } == [.seconds(1), .seconds(7)])
    #expect(waiting.sentences.withLock { $0[1].hasSuffix("; trying again in 7.0 s") })
  }

  @Test func theLastFailureIsThrownAfterTheLimit() async {
    let waiting = Waiting()
    await #expect(throws: Failure()) {
      try await waiting.policy(limit: 10).run { throw Failure() }
    }
    #expect(waiting.delays.withLock { $0 } == [1, 2, 4].map { .seconds($0) })
  }

  @Test func aServerThatIsNotHeardOfIsGivenUpEarlier() async {
    let waiting = Waiting()
    await #expect(throws: Failure.self) {
      try await waiting.policy(limit: 60).ofFirstRequests.run { throw Failure(isSilence: true) }
    }
    #expect(waiting.delays.withLock { $0 } == [1, 2, 4, 8].map { .seconds($0) })
    let others = Waiting()
    await #expect(throws: Failure.self) {
      try await others.policy(limit: 60).ofFirstRequests.run { throw Failure() }
    }
    #expect(others.delays.withLock { $0 } == [1, 2, 4, 8, 16].map { .seconds($0) })
    for kind in [TransferError.Kind.nameResolution, .connection, .timeout] {
      #expect(TransferError("", "", kind).isSilence)
    }
    #expect(!TransferError("", "", .interruption).isSilence)
    #expect(!TransferError("", "", .refused(status: 503)).isSilence)
  }

  @Test func anAttemptThatGetsFurtherCountsAsTheFirst() async {
    let waiting = Waiting()
    var policy = waiting.policy(limit: 4)
    var attempts = 0
    await #expect(throws: Failure.self) {
      try await policy.run(hasProgressed: { attempts < 6 }) {
        attempts += 1
        throw Failure()
      }
    }
    let delays = Array(repeating: Duration.seconds(1), count: 5) + [.seconds(2)]
    #expect(waiting.delays.withLock { $0 } == delays)
    policy.largestNumberOfAttempts = 3
    attempts = 4
    await #expect(throws: Failure.self) {
      try await policy.run(hasProgressed: { attempts < 6 }) {
        attempts += 1
        throw Failure()
      }
    }
    #expect(attempts == 7)
  }

  @Test func otherFailuresAreThrownAtOnce() async {
    let waiting = Waiting()
    await #expect(throws: Failure(isTransient: false)) {
      try await waiting.policy(limit: 10).run { throw Failure(isTransient: false) }
    }
    await #expect(throws: CancellationError.self) {
      try await waiting.policy(limit: 10).run { throw CancellationError() }
    }
    #expect(waiting.delays.withLock { $0.isEmpty })
  }

  @Test(arguments: [
    (500, true), (503, true), (429, true), (408, true), (501, false), (404, false), (403, false),
    (412, false), (301, false),
  ])
  func statusesAreTransientOrNot(_ status: Int, _ isTransient: Bool) {
    #expect(TransferError("", "", .refused(status: status)).isTransient == isTransient)
  }

  @Test func retryAfterIsANumberOrADate() {
    func wait(_ headers: [String: String]) -> Duration? {
      HTTPResponse(status: 503, headers: headers, body: []).retryAfter
    }
    #expect(wait(["retry-after": "120"]) == .seconds(120))
    let date = "Sun, 29 Nov 2026 02:28:05 GMT"
    let later = "Sun, 29 Nov 2026 02:29:00 GMT"
    #expect(wait(["retry-after": later, "date": date]) == .seconds(55))
    #expect(wait(["retry-after": date, "date": later]) == .zero)
    for text in ["-1", "soon", "1.5", "99999999999999999999", ""] {
      #expect(wait(["retry-after": text]) == nil, "\(text)")
    }
    #expect(wait([:]) == nil)
  }

  @Test func aCancelledTaskEndsItsTransfer() async throws {
    let fixture = try Fixture()
    let server = try HTTPServer(fixture.directory, answer: "import time; time.sleep(60)")
    let request = HTTPRequest(url: server.url, maximumResponseInBytes: 1)
    let task = Task { try await HTTPTransport().send(request) }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }
}
