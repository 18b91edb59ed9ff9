import Bindings

/// An error after which the same request may succeed.
protocol TransientError: Error {
  /// Whether another attempt is useful.
  var isTransient: Bool { get }
  /// How long the server asks its clients to wait; nil if it does not say.
  var retryAfter: Duration? { get }
  /// Whether nothing was heard of the server: its name is unknown, it refuses connections, or it sends
  /// nothing.
  var isSilence: Bool { get }
}

extension TransientError {
  var isSilence: Bool { false }
}

extension HTTPStatus {
  /// Whether another attempt is useful: the server is overloaded, broken, or did not get the whole
  /// request in time.
  static func isTransient(_ status: Int) -> Bool {
    status >= 500 && status != notImplemented || [requestTimeout, tooManyRequests].contains(status)
  }
}

/// Statuses of HTTP (RFC 9110, RFC 6585).
enum HTTPStatus {
  static let notFound = 404
  static let requestTimeout = 408
  static let conflict = 409
  static let preconditionFailed = 412
  static let tooManyRequests = 429
  static let notImplemented = 501
}

extension TransferError: TransientError {
  var isTransient: Bool {
    switch kind {
    case .nameResolution, .connection, .timeout, .interruption: true
    case .refused(let status): HTTPStatus.isTransient(status)
    case .untrustedCertificate, .missingAuthorities, .unusableClientCertificate, .tooLarge,
      .unreadableBody, .cancelled, .other:
      false
    }
  }

  var isSilence: Bool { [.nameResolution, .connection, .timeout].contains(kind) }
}
