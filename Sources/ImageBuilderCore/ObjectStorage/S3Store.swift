import Configuration

/// A bucket of an object store, and how it is reached.
struct S3Store: Sendable {
  let bucket: String
  let region: String
  /// `http` or `https`.
  let scheme: String
  /// The host that requests go to, with a port that is not the standard one.
  let host: String
  /// The path of the bucket: empty if the host is that of the bucket.
  let bucketPath: String

  /// - Parameters:
  ///   - region: nil for the region that AWS's tools have, too, when none is set.
  ///   - endpoint: the URL of a store that is not AWS's: `https://HOST[:PORT]`.
  init(bucket: String, region: String?, endpoint: S3Endpoint?) {
    self.bucket = bucket
    self.region = region ?? "us-east-1"
    let service = endpoint ?? .amazon(self.region)
    scheme = service.scheme
    let hasOwnHost = service.isAmazon && Self.canBeHostName(bucket)
    host = hasOwnHost ? "\(bucket).\(service.host)" : service.host
    bucketPath = hasOwnHost ? "" : "/\(bucket)"
  }

  /// Whether the name of a bucket can stand before the name of AWS's host. The certificate there
  /// covers one name, so dots are not possible.
  private static func canBeHostName(_ bucket: String) -> Bool {
    bucket.wholeMatch(of: #/[a-z0-9][a-z0-9-]{1,61}[a-z0-9]/#) != nil
  }

  /// The path of an object in URLs; that of the bucket for an empty key.
  func path(of key: String) -> String { percentEncoded(path: "\(bucketPath)/\(key)") }

  /// An object, for messages.
  func name(of key: String) -> String { "s3://\(bucket)/\(key)" }
}

/// The server of an object store.
struct S3Endpoint: Sendable, Equatable {
  let scheme: String
  /// With a port that is not the standard one.
  let host: String

  var isAmazon: Bool {
    host.hasSuffix(".amazonaws.com") || host.hasSuffix(".amazonaws.com.cn")
  }

  static let accepted = "http:// or https:// with a host and, if needed, a port"

  /// Returns nil if the text is not a URL of a server.
  init?(_ text: String) {
    let url = #/(?i)(https?):\/\/([a-z0-9.-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?\/?/#
    guard let match = text.wholeMatch(of: url) else { return nil }
    scheme = match.1.lowercased()
    let port = match.3.map(String.init) ?? ""
    let isStandard = port == (scheme == "https" ? ":443" : ":80")
    host = match.2.lowercased() + (isStandard ? "" : port)
  }

  private init(host: String) {
    scheme = "https"
    self.host = host
  }

  /// AWS's own, for a region.
  static func amazon(_ region: String) -> S3Endpoint {
    S3Endpoint(host: "s3.\(region).amazonaws.com\(region.hasPrefix("cn-") ? ".cn" : "")")
  }
}
