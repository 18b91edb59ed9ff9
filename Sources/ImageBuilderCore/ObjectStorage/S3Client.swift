import Bindings
import FoundationEssentials
import Glibc

/// Sends requests to a bucket of an object store.
struct S3Client: Sendable {
  /// The largest answer that is not an object.
  private static let largestAnswerInBytes: UInt64 = 16 << 20

  let store: S3Store
  let credentials: S3Credentials
  let transport: HTTPTransport
  var retry: RetryPolicy
  var timeouts = TransferTimeouts()
  /// The largest number of entries in one page of a list; 1000 is the most that stores send.
  var pageSize = 1000

  /// A request to an object, or to the bucket.
  struct Request: Sendable {
    let method: String
    /// Empty for the bucket.
    var key = ""
    var query: [(name: String, value: String)] = []
    var headers: [(name: String, value: String)] = []
    var body: Body?
    var maximumAnswerInBytes = S3Client.largestAnswerInBytes
  }

  /// Content and its SHA-256.
  struct Body: Sendable {
    let content: HTTPRequest.Body
    let digest: [UInt8]

    init(_ content: HTTPRequest.Body, digest: [UInt8]) {
      self.content = content
      self.digest = digest
    }

    init(_ bytes: [UInt8]) {
      let digest = MessageDigest()
      bytes.withUnsafeBytes { digest.update($0) }
      self.init(.bytes(bytes), digest: digest.snapshot.digest(followedBy: []))
    }

    /// The digest as headers and documents of S3 contain it.
    var base64Digest: String { Data(digest).base64EncodedString() }
  }

  /// Sends a request until it succeeds, or until the retry policy ends.
  ///
  /// - Parameter report: receives the number of bytes that have been sent so far.
  /// - Throws: `S3Error`; `TransferError`; `CancellationError`.
  func send(
    _ request: Request, reportSent report: @escaping @Sendable (UInt64) -> Void = { _ in }
  ) async throws -> HTTPResponse {
    try await retry.run { try await attempt(request, reportSent: report) }
  }

  /// Sends a request whose answer is a document.
  ///
  /// - Parameters:
  ///   - root: the beginning of the name of the root element. Stores do not agree on its end.
  ///   - read: returns what the document says.
  /// - Throws: as `send`; `S3AnswerError`.
  func document<Result>(
    _ root: String, _ request: Request, _ read: (XMLElement) throws -> Result
  ) async throws -> Result {
    try await retry.run {
      let answer = try await attempt(request)
      let operation = operation(request)
      do {
        let document = try XMLElement(parsing: answer.body)
        // A store that has begun to answer cannot change the status.
        if document.name == "Error" { throw S3Error(operation, answer) }
        guard document.name.hasPrefix(root) else {
          throw UnreadablePage(problem: "is \(document.name), where \(root) was expected")
        }
        return try read(document)
      } catch let error as UnreadablePage {
        throw S3AnswerError(operation: operation, problem: error.problem)
      } catch let error as XMLElement.SyntaxError {
        throw S3AnswerError(operation: operation, problem: "cannot be read: it has \(error)")
      }
    }
  }

  /// The method and the object of a request, for messages.
  func operation(_ request: Request) -> String {
    "\(request.method) \(store.name(of: request.key))"
  }

  /// Sends a request once.
  ///
  /// - Throws: `S3Error`; `TransferError`; `CancellationError`.
  func attempt(
    _ request: Request, reportSent report: @escaping @Sendable (UInt64) -> Void = { _ in }
  ) async throws -> HTTPResponse {
    let answer = try await transport.send(signed(request), reportSent: report)
    guard answer.isSuccess else { throw S3Error(operation(request), answer) }
    return answer
  }

  /// Sends a request once, and passes the content of a successful answer to `sink` as it arrives.
  ///
  /// - Throws: `S3Error`; `TransferError`; `CancellationError`; what `sink` throws.
  func attempt(
    _ request: Request, to sink: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void
  ) async throws -> HTTPResponse {
    let answer = try await transport.send(signed(request), to: sink)
    guard answer.isSuccess else { throw S3Error(operation(request), answer) }
    return answer
  }

  private func signed(_ request: Request) -> HTTPRequest {
    let signature = SignatureV4(credentials: credentials, region: store.region, time: time(nil))
    let path = store.path(of: request.key)
    let headers = signature.headers(
      request.method, host: store.host, path: path, query: request.query, headers: request.headers,
      contentDigest: request.body.map { hexadecimalText($0.digest) }
        ?? MessageDigest.hexadecimal(of: ""))
    let query = request.query.isEmpty ? "" : "?\(SignatureV4.text(of: request.query))"
    return HTTPRequest(
      request.method, url: "\(store.scheme)://\(store.host)\(path)\(query)", headers: headers,
      body: request.body?.content, maximumResponseInBytes: request.maximumAnswerInBytes,
      timeouts: timeouts)
  }
}
