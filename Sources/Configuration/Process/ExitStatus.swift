/// An exit status of image-builder. Where sysexits.h has a number for it, that number is used.
package struct ExitStatus: RawRepresentable, Equatable, Sendable {
  /// The number that the shell shows.
  package let rawValue: Int32

  package init(rawValue: Int32) {
    self.rawValue = rawValue
  }

  package static let success = ExitStatus(rawValue: 0)
  /// A stage or a hook failed.
  package static let failure = ExitStatus(rawValue: 2)
  /// EX_USAGE: the command line is wrong.
  package static let usage = ExitStatus(rawValue: 64)
  /// EX_DATAERR: the configuration, or a file that is verified, is wrong.
  package static let dataError = ExitStatus(rawValue: 65)
  /// EX_UNAVAILABLE: a tool, a key, a remote, root privileges or disk space is missing.
  package static let unavailable = ExitStatus(rawValue: 69)
  /// EX_TEMPFAIL: another build holds the lock.
  package static let temporaryFailure = ExitStatus(rawValue: 75)

  /// The meanings of all statuses except those of signals, for the help and the manual page.
  package static let meanings: KeyValuePairs<ExitStatus, String> = [
    .success: "success",
    .failure: "the build failed",
    .usage: "wrong usage",
    .dataError: "wrong configuration or input data",
    .unavailable:
      "something required is missing (a tool, a key, a remote, root privileges, disk space)",
    .temporaryFailure: "another build holds the lock",
  ]

  /// Returns the status of a process that a signal terminated, as shells show it: 128 + N.
  package static func signal(_ number: Int32) -> ExitStatus { ExitStatus(rawValue: 128 + number) }

  /// The exit status for an error: `failure` unless the error is an `ExitStatusError`.
  package init(of error: any Error) {
    self = (error as? any ExitStatusError)?.exitStatus ?? .failure
  }
}

/// An error with its own exit status.
package protocol ExitStatusError: Error {
  var exitStatus: ExitStatus { get }
}

/// The process received a termination signal, and everything that it ran has ended.
package struct Interruption: Error, Equatable, Sendable {
  /// SIGTERM, SIGINT or SIGHUP.
  package let signal: Int32

  package init(signal: Int32) {
    self.signal = signal
  }
}
