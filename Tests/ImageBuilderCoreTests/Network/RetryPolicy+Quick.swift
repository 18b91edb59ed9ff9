@testable import ImageBuilderCore

extension RetryPolicy {
  /// A policy without a limit of time: on a busy machine even the shortest delay may take a minute.
  ///
  /// - Parameter attempts: more than any passing fault needs, if nothing else is said.
  static func quick(attempts: Int = 1000) -> RetryPolicy {
    RetryPolicy(
      firstDelay: .milliseconds(1), largestDelay: .milliseconds(20), limit: .seconds(86_400),
      largestNumberOfAttempts: attempts)
  }
}
