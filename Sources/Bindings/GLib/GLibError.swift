import CGLib
import Glibc

/// An error that a GLib-based library reported.
public struct GLibError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The name of the error domain, for example `g-io-error-quark` or `ostree-gpg-error`.
  public let domain: String
  /// The code within the domain.
  public let code: Int
  /// The message of the library.
  public let message: String
  /// The operation that failed, worded to follow "cannot".
  public let operation: String

  /// Whether libostree refused to pull a commit that is older than the current one (2022.7).
  public var isDowngrade: Bool { message.contains("chronologically older than current revision") }

  /// Whether a file exceeded the file size limit of the process (EFBIG).
  public var isFileTooLarge: Bool { message.contains(String(cString: strerror(EFBIG))) }

  /// `cannot OPERATION: MESSAGE`.
  public var description: String { "cannot \(operation): \(message)" }

  /// An error that this program detected in the result of a library.
  init(_ message: String, operation: String) {
    (domain, code, self.message, self.operation) = ("", 0, message, operation)
  }

  /// Takes ownership of `error` and frees it.
  init(taking error: UnsafeMutablePointer<GError>?, operation: String) {
    self.operation = operation
    guard let error else {
      (domain, code, message) = ("", 0, "the library gave no reason")
      return
    }
    domain = g_quark_to_string(error.pointee.domain).map { String(cString: $0) } ?? ""
    code = Int(error.pointee.code)
    message = String(cString: error.pointee.message)
    g_error_free(error)
  }
}

/// Calls a function that reports failure with FALSE and a `GError`.
///
/// - Throws: `GLibError` if `body` returns FALSE.
func checked(
  _ operation: @autoclosure () -> String,
  _ body: (inout UnsafeMutablePointer<GError>?) -> gboolean
) throws(GLibError) {
  var error: UnsafeMutablePointer<GError>?
  guard body(&error) == 0 else { return }
  throw GLibError(taking: error, operation: operation())
}

/// Calls a function that reports failure with NULL and a `GError`.
///
/// - Throws: `GLibError` if `body` returns nil.
func checkedPointer<Pointer>(
  _ operation: @autoclosure () -> String,
  _ body: (inout UnsafeMutablePointer<GError>?) -> Pointer?
) throws(GLibError) -> Pointer {
  var error: UnsafeMutablePointer<GError>?
  if let pointer = body(&error) { return pointer }
  throw GLibError(taking: error, operation: operation())
}
