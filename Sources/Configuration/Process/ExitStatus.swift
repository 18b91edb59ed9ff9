/// How a process of image-builder ends: the numbers of sysexits.h, where it has one.
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
  /// EX_UNAVAILABLE: a tool, a key, a remote or space is missing.
  package static let unavailable = ExitStatus(rawValue: 69)
  /// EX_TEMPFAIL: another build holds the lock.
  package static let temporaryFailure = ExitStatus(rawValue: 75)

  /// The status of a process that a signal ended, as shells show it.
  package static func signal(_ number: Int32) -> ExitStatus { ExitStatus(rawValue: 128 + number) }

  /// The status that an error leads to.
  package init(of error: any Error) {
    self = (error as? any ExitStatusError)?.exitStatus ?? .failure
  }
}

/// An error that decides with which status the process ends; every other error is a failure.
package protocol ExitStatusError: Error {
  var exitStatus: ExitStatus { get }
}

/// The process was asked to end by a signal, and what it ran has ended.
package struct Interruption: Error, Equatable, Sendable {
  /// SIGTERM, SIGINT or SIGHUP.
  package let signal: Int32

  package init(signal: Int32) {
    self.signal = signal
  }
}
