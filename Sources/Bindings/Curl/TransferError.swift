import CCurl

/// A failed transfer.
public struct TransferError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What failed, as far as a program can do something about it.
  public enum Kind: Equatable, Sendable {
    /// The server answered with an HTTP status that is not a success.
    case refused(status: Int)
    /// The name of the server, or of the proxy, could not be resolved.
    case nameResolution
    /// No connection could be made.
    case connection
    /// A time limit was exceeded.
    case timeout
    /// The connection ended before the answer was complete.
    case interruption
    /// No trusted authority has signed the certificate of the server.
    case untrustedCertificate
    /// The list of trusted authorities cannot be read.
    case missingAuthorities
    /// The certificate or the key of the client cannot be used.
    case unusableClientCertificate
    /// The file is larger than the caller accepts.
    case tooLarge
    /// The file that is sent cannot be read.
    case unreadableBody
    /// The caller has cancelled the transfer.
    case cancelled
    case other
  }

  /// The URL that was requested, without a user name and password.
  public let url: String
  /// The kind of the failure.
  public let kind: Kind
  /// The message of libcurl, or the HTTP status.
  public let message: String
  /// How long the server asks its clients to wait; nil if it does not say.
  public let retryAfter: Duration?

  /// Whether the server has no such file. libostree takes these statuses for that, because object
  /// stores answer with 403 to users who may not list.
  public var isAbsence: Bool {
    if case .refused(let status) = kind { [403, 404, 410].contains(status) } else { false }
  }

  /// `cannot fetch URL: REASON`.
  public var description: String { "cannot fetch \(url): \(message)" }

  init(
    _ url: String, _ message: String, _ kind: Kind = .other, retryAfter: Duration? = nil
  ) {
    self.url = Self.withoutCredentials(url)
    self.kind = kind
    self.message = message
    self.retryAfter = retryAfter
  }

  init(_ url: String, _ code: CURLcode, said: String) {
    let kind: Kind =
      switch code {
      case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: .nameResolution
      case CURLE_COULDNT_CONNECT: .connection
      // With TLS 1.3, a client learns this only when it reads the answer.
      case _ where Self.refusesClient(said):
        .unusableClientCertificate
      case CURLE_OPERATION_TIMEDOUT: .timeout
      case CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE, CURLE_RECV_ERROR, CURLE_SEND_ERROR,
        CURLE_SSL_CONNECT_ERROR, CURLE_WEIRD_SERVER_REPLY:
        .interruption
      case CURLE_PEER_FAILED_VERIFICATION: .untrustedCertificate
      case CURLE_SSL_CACERT_BADFILE: .missingAuthorities
      case CURLE_SSL_CERTPROBLEM: .unusableClientCertificate
      default: .other
      }
    // The words for the code alone do not say what is wrong with a certificate.
    self.init(url, said.isEmpty ? String(cString: curl_easy_strerror(code)) : said, kind)
  }

  private static func refusesClient(_ said: String) -> Bool {
    let reasons = ["certificate required", "bad certificate", "unknown ca", "handshake failure"]
    return reasons.contains { said.contains("alert \($0)") }
  }

  private static func withoutCredentials(_ url: String) -> String {
    url.replacing(#/^([A-Za-z]+:\/\/)[^\s\/?#]*@/#) { "\($0.1)" }
  }
}
