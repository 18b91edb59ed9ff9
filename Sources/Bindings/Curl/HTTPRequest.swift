import SystemPackage

/// An HTTP request, and the conditions under which it is sent.
public struct HTTPRequest: Sendable {
  /// The content that is sent with a request.
  public enum Body: Sendable {
    case bytes([UInt8])
    /// A part of a file, in bytes. It is read while it is sent.
    case file(FilePath, Range<UInt64>)

    /// The number of bytes that are sent.
    public var sizeInBytes: UInt64 {
      switch self {
      case .bytes(let bytes): UInt64(bytes.count)
      case .file(_, let range): UInt64(range.count)
      }
    }
  }

  /// GET, HEAD, PUT, POST or DELETE.
  public var method: String
  /// An http or https URL. Bytes that URLs do not contain must be percent-encoded.
  public var url: String
  /// Names and values, in the order in which they are sent. Neither contains line breaks.
  public var headers: [(name: String, value: String)]
  /// The content that is sent; nil for none.
  public var body: Body?
  /// The largest accepted content of the response. A larger one is an error.
  public var maximumResponseInBytes: UInt64
  /// The number of bytes at the beginning of the content that the caller has already. They are not
  /// requested, and skipped if the server sends them nevertheless.
  public var offsetInBytes: UInt64 = 0
  /// Whether redirects are followed, at most ten.
  public var followsRedirects: Bool
  /// The time limits.
  public var timeouts: TransferTimeouts
  /// The certificates.
  public var credentials: TransferCredentials

  /// Creates a request without a body that follows no redirects, unless the caller says otherwise.
  public init(
    _ method: String = "GET", url: String, headers: [(name: String, value: String)] = [],
    body: Body? = nil, maximumResponseInBytes: UInt64, followsRedirects: Bool = false,
    timeouts: TransferTimeouts = TransferTimeouts(),
    credentials: TransferCredentials = TransferCredentials()
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
    self.maximumResponseInBytes = maximumResponseInBytes
    self.followsRedirects = followsRedirects
    self.timeouts = timeouts
    self.credentials = credentials
  }
}

/// How long a transfer may take. Fractions of a second are rounded up.
public struct TransferTimeouts: Sendable, Equatable {
  /// The limit for a connection to be made, with name resolution and TLS handshake.
  public var connection: Duration
  /// How long no byte may arrive or leave; nil for no limit.
  public var stall: Duration?
  /// The limit for the whole transfer; nil for no limit.
  public var total: Duration?

  /// Creates limits.
  public init(
    connection: Duration = .seconds(30), stall: Duration? = .seconds(60), total: Duration? = nil
  ) {
    self.connection = connection
    self.stall = stall
    self.total = total
  }
}

/// What a client knows of a server and shows to it.
public struct TransferCredentials: Sendable, Equatable {
  /// A PEM file with certificates of authorities; nil for those of the system.
  public var authorities: FilePath?
  /// A PEM file with the certificate of the client.
  public var clientCertificate: FilePath?
  /// A PEM file with the private key of the client, which has no passphrase. Nil if it is in the
  /// file of the certificate.
  public var clientKey: FilePath?

  /// Creates credentials.
  public init(
    authorities: FilePath? = nil, clientCertificate: FilePath? = nil, clientKey: FilePath? = nil
  ) {
    self.authorities = authorities
    self.clientCertificate = clientCertificate
    self.clientKey = clientKey
  }
}
