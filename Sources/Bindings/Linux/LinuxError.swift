import Glibc
import SystemPackage

/// A failed system call, with what it was for.
public struct LinuxError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What was being done, as the object of "cannot ...".
  public let operation: String
  /// The reason.
  public let errno: Errno

  /// Combines what was being done and why it failed.
  public init(_ operation: String, _ errno: Errno) {
    self.operation = operation
    self.errno = errno
  }

  /// `cannot OPERATION: REASON`.
  public var description: String { "cannot \(operation): \(errno)" }
}

/// Throws what `errno` says when a call that answers -1 on failure did.
@discardableResult
func checkedCall(
  _ operation: @autoclosure () -> String, _ result: Int32
) throws(LinuxError) -> Int32 {
  guard result == -1 else { return result }
  throw LinuxError(operation(), Errno(rawValue: Glibc.errno))
}

extension LinuxError {
  /// Whether the call found nothing at a path.
  public var isAbsence: Bool { [.noSuchFileOrDirectory, .notDirectory].contains(errno) }
}
