import CCurl
import Glibc

/// The answer to an HTTP request.
public struct HTTPResponse: Sendable {
  /// The status of HTTP: 200 to 599.
  public let status: Int
  /// The content; the beginning of it if the status is not a success. Empty if a sink took it.
  public let body: [UInt8]
  private let headers: [String: String]

  init(status: Int, headers: [String: String], body: [UInt8]) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// Whether the status is one of 200 to 299.
  public var isSuccess: Bool { (200..<300).contains(status) }

  /// The value of a header; nil if there is none. Several headers of one name are separated by
  /// commas.
  ///
  /// - Parameter name: in lower case.
  public subscript(name: String) -> String? { headers[name] }

  /// - Parameter url: what was requested.
  /// - Throws: `TransferError.Kind.refused` if the status is not a success.
  public func requireSuccess(of url: String) throws(TransferError) {
    guard !isSuccess else { return }
    throw TransferError(
      url, "the server answered \(status)", .refused(status: status), retryAfter: retryAfter)
  }

  /// How long the server asks its clients to wait: the header Retry-After, which is a number of
  /// seconds or a date (RFC 9110, section 10.2.3). Nil if there is none.
  public var retryAfter: Duration? {
    guard let text = self["retry-after"] else { return nil }
    if let seconds = UInt32(text) { return .seconds(Int64(seconds)) }
    guard let date = Self.seconds(of: text) else { return nil }
    let now = self["date"].flatMap(Self.seconds) ?? time(nil)
    return .seconds(max(0, date - now))
  }

  /// The time of a date in a header, in seconds since 1970: `Sun, 29 Nov 2026 02:28:05 GMT`.
  ///
  /// - Returns: nil if the text is not such a date.
  public static func seconds(of date: String) -> Int? {
    let seconds = curl_getdate(date, nil)
    return seconds == -1 ? nil : seconds
  }
}
