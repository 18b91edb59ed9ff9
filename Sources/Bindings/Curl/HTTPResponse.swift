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
    throw TransferError(url, "the server answered \(status)", .refused(status: status))
  }
}
