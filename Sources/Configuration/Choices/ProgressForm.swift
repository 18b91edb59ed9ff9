import Glibc

/// What a build shows while it runs (`--progress`).
package enum ProgressForm: Sendable, Equatable {
  /// A live display on a terminal, otherwise the same as `plain`.
  case auto
  /// The lines of the log.
  case plain
  /// The lines of the log, and JSON lines on a file descriptor that is open for writing.
  case json(descriptor: Int32)

  /// Returns whether a file descriptor is open for writing.
  package static func isWritable(_ descriptor: Int32) -> Bool {
    let flags = fcntl(descriptor, F_GETFL)
    return flags >= 0 && flags & O_ACCMODE != O_RDONLY
  }
}
