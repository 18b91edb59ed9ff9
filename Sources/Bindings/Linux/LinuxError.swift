import Glibc
import SystemPackage

/// A failed system call and its purpose.
public struct LinuxError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The operation that failed, worded to follow "cannot".
  public let operation: String
  /// The reason.
  public let errno: Errno

  /// Creates an error from the operation that failed and the reason.
  public init(_ operation: String, _ errno: Errno) {
    self.operation = operation
    self.errno = errno
  }

  /// `cannot OPERATION: REASON`.
  public var description: String { "cannot \(operation): \(errno)" }
}

/// Throws a `LinuxError` with `errno` if `result` is -1.
@discardableResult
func checkedCall(
  _ operation: @autoclosure () -> String, _ result: Int32
) throws(LinuxError) -> Int32 {
  guard result == -1 else { return result }
  throw LinuxError(operation(), Errno(rawValue: Glibc.errno))
}

extension LinuxError {
  /// Whether the path does not exist.
  public var isAbsence: Bool { [.noSuchFileOrDirectory, .notDirectory].contains(errno) }
}
