import Configuration

extension RetryPolicy {
  /// The policy for the transfers of a build. EIB_RETRY_ATTEMPTS and EIB_RETRY_INTERVAL, which also
  /// are the number of attempts and the delay of `eib_retry` in hooks, change it.
  ///
  /// - Throws: `UnusableRetryVariable`.
  static func configured(report: @escaping @Sendable (String) -> Void) throws -> RetryPolicy {
    var policy = RetryPolicy(report: report)
    if let text = BuildVariable.retryAttempts.value {
      guard let attempts = Int(text), attempts > 0 else {
        throw UnusableRetryVariable(
          variable: .retryAttempts, found: text, accepted: "a whole number from 1")
      }
      policy.largestNumberOfAttempts = attempts
    }
    if let text = BuildVariable.retryInterval.value {
      guard let seconds = Double(text), (0...86_400).contains(seconds) else {
        throw UnusableRetryVariable(
          variable: .retryInterval, found: text, accepted: "a number of seconds")
      }
      policy.firstDelay = .seconds(seconds)
      policy.largestDelay = max(policy.largestDelay, policy.firstDelay)
    }
    return policy
  }
}

/// A variable of the environment that a build cannot use.
struct UnusableRetryVariable: ExitStatusError, CustomStringConvertible {
  let variable: BuildVariable
  let found: String
  let accepted: String

  var exitStatus: ExitStatus { .dataError }
  var description: String {
    "\(variable.rawValue) is '\(visible(found))'; accepted: \(accepted)"
  }
}
