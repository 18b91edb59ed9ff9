import Bindings
import Configuration
import Glibc

/// Signs requests to object stores: "Signature Version 4" in the documentation of AWS, with the rules
/// of S3: paths are encoded once, and the digest of the content is a header.
struct SignatureV4: Sendable {
  let credentials: S3Credentials
  let region: String
  /// Seconds since 1970.
  let time: Int

  /// The headers of a signed request: those that are given, and those of the signature.
  ///
  /// - Parameters:
  ///   - path: as it is sent, percent-encoded.
  ///   - query: names and values that are not encoded.
  ///   - headers: further headers. All of them are signed.
  ///   - contentDigest: SHA-256 of the content in lower-case hexadecimal.
  func headers(
    _ method: String, host: String, path: String, query: [(name: String, value: String)],
    headers: [(name: String, value: String)], contentDigest: String
  ) -> [(name: String, value: String)] {
    var all = headers.map { (name: $0.name.lowercased(), value: $0.value) }
    all.append(("x-amz-content-sha256", contentDigest))
    all.append(("x-amz-date", timestamp))
    if let token = credentials.sessionToken { all.append(("x-amz-security-token", token)) }
    let signed = (all + [(name: "host", value: host)]).sorted { $0.name < $1.name }
    let names = signed.map(\.name).joined(separator: ";")
    let request =
      [method, path, Self.text(of: query)] + signed.map { "\($0.name):\(Self.trimmed($0.value))" }
      + ["", names, contentDigest]
    let scope = "\(date)/\(region)/s3/aws4_request"
    let text = [
      "AWS4-HMAC-SHA256", timestamp, scope,
      MessageDigest.hexadecimal(of: request.joined(separator: "\n")),
    ].joined(separator: "\n")
    let signature = hexadecimalText(MessageDigest.authentication(of: text, key: key))
    all.append(
      (
        "authorization",
        "AWS4-HMAC-SHA256 Credential=\(credentials.accessKeyID)/\(scope), SignedHeaders=\(names), "
          + "Signature=\(signature)"
      ))
    return all
  }

  /// The query as it is sent and signed: sorted and encoded.
  static func text(of query: [(name: String, value: String)]) -> String {
    query.map { (encoded($0.name), encoded($0.value)) }.sorted { $0 < $1 }
      .map { "\($0)=\($1)" }.joined(separator: "&")
  }

  private static func encoded(_ text: String) -> String {
    percentEncoded(path: text).replacing("/", with: "%2F")
  }

  private static func trimmed(_ value: String) -> String {
    value.split(separator: " ").joined(separator: " ")
  }

  private var key: [UInt8] {
    let start = Array("AWS4\(credentials.secretAccessKey)".utf8)
    return [date, region, "s3", "aws4_request"].reduce(start) { key, text in
      MessageDigest.authentication(of: text, key: key)
    }
  }

  private var date: String { String(timestamp.prefix(8)) }

  /// `20261129T022805Z`.
  private var timestamp: String {
    UTCDate.text(UInt64(max(0, time))).filter { $0 != "-" && $0 != ":" }
  }
}
