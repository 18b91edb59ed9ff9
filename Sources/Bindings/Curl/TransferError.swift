import CCurl

/// A failed transfer.
public struct TransferError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What failed, as far as a program can do something about it.
  public enum Kind: Equatable, Sendable {
    /// The server answered with an HTTP status of 400 or more.
    case refused(status: Int)
    /// No trusted authority has signed the certificate of the server.
    case untrustedCertificate
    /// The list of trusted authorities cannot be read.
    case missingAuthorities
    /// The file is larger than the caller accepts.
    case tooLarge
    case other
  }

  /// The URL that was requested, without a user name and password.
  public let url: String
  /// The kind of the failure.
  public let kind: Kind
  /// The message of libcurl, or the HTTP status.
  public let message: String

  /// Whether the server has no such file. libostree takes these statuses for that, because object
  /// stores answer with 403 to users who may not list.
  public var isAbsence: Bool {
    if case .refused(let status) = kind { [403, 404, 410].contains(status) } else { false }
  }

  /// `cannot fetch URL: REASON`.
  public var description: String { "cannot fetch \(url): \(message)" }

  init(_ url: String, _ message: String, _ kind: Kind = .other) {
    self.url = Self.withoutCredentials(url)
    self.kind = kind
    self.message = message
  }

  init(_ url: String, _ code: CURLcode, status: Int, said: String) {
    guard status < 400 else {
      self.init(url, "the server answered \(status)", .refused(status: status))
      return
    }
    let kind: Kind =
      switch code {
      case CURLE_PEER_FAILED_VERIFICATION: .untrustedCertificate
      case CURLE_SSL_CACERT_BADFILE: .missingAuthorities
      default: .other
      }
    // The words for the code alone do not say what is wrong with a certificate.
    self.init(url, said.isEmpty ? String(cString: curl_easy_strerror(code)) : said, kind)
  }

  private static func withoutCredentials(_ url: String) -> String {
    url.replacing(#/^([A-Za-z]+:\/\/)[^\/@]*@/#) { "\($0.1)" }
  }
}
