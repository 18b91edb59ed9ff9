import CGLib
import Glibc

/// An error that a GLib-based library reported.
public struct GLibError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The name of the error domain, for example `g-io-error-quark` or `ostree-gpg-error`.
  public let domain: String
  /// The code within the domain.
  public let code: Int
  /// The message of the library, without advice for users of its own command.
  public let message: String
  /// The operation that failed, worded to follow "cannot".
  public let operation: String

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
    message = Self.withoutAdvice(String(cString: error.pointee.message))
    g_error_free(error)
  }

  /// A message of libostree without its advice, which is for users of its command and of remotes
  /// that they configure themselves.
  private static func withoutAdvice(_ message: String) -> String {
    message.replacing(#/ \((use|check that) [^()]*\)/#, with: "")
      .replacing(#/; use --[a-z-]+[^;]*/#, with: "")
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
