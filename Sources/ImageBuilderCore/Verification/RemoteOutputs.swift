import Bindings
import Configuration
import Synchronization
import SystemPackage

/// The files of a published version, as everybody gets them from a server.
struct RemoteOutputs: Sendable {
  /// The limit for files of unknown size.
  private static let largestFileInBytes: UInt64 = 1 << 40

  /// The URL of the version, without a slash at its end.
  let url: String
  let progress: TransferProgress
  private let headers: [(name: String, value: String)]
  private let policy: RetryPolicy
  private let listPolicy: RetryPolicy
  private let transport = HTTPTransport()

  /// - Parameters:
  ///   - url: an http or https URL of a version, without a login.
  ///   - logins: the path of a netrc file, which need not exist.
  ///   - lists: the policy for the lists, which come first; nil for that of the other files.
  /// - Throws: `NetrcError`.
  init(
    _ url: String, logins: FilePath, _ policy: RetryPolicy, lists: RetryPolicy? = nil,
    _ progress: TransferProgress
  ) throws {
    var url = url
    while url.last == "/" { url.removeLast() }
    self.url = url
    self.policy = policy
    listPolicy = lists ?? policy
    self.progress = progress
    headers = try Netrc.headers(in: logins, for: url)
  }

  /// The content of a small file; nil if the server has no such file.
  ///
  /// - Throws: `VerificationError.unreachable`; `UntrustedFile.Refusal`; `CancellationError`.
  func bytes(of name: String, maximumSizeInBytes: Int) async throws -> [UInt8]? {
    let request = request(name, maximumSizeInBytes: UInt64(maximumSizeInBytes))
    do {
      return try await transport.answer(to: request, listPolicy).body
    } catch let error as TransferError {
      if error.isAbsence { return nil }
      throw refusal(error)
    }
  }

  /// The size of a file as the server reports it.
  ///
  /// - Returns: nil if the server does not report it.
  /// - Throws: as `read`.
  func size(of name: String) async throws -> UInt64? {
    var request = request(name, maximumSizeInBytes: 0)
    request.method = "HEAD"
    do {
      let response = try await transport.answer(to: request, policy)
      return response["content-length"].flatMap { UInt64($0) }
    } catch let error as TransferError {
      throw refusal(error)
    }
  }

  /// Reads a file once, and passes its bytes to `sink`. A transfer that breaks is continued.
  ///
  /// - Parameter expected: the size of the file, if it is known.
  /// - Throws: `UntrustedFile.Refusal` if the server does not have the file or it has another size;
  ///   `VerificationError.unreachable`; `CancellationError`; what `sink` throws.
  func read(
    _ name: String, sizeInBytes expected: UInt64?,
    to sink: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void
  ) async throws {
    let received = TransferProgress()
    var before: UInt64 = 0
    do {
      try await policy.run(hasProgressed: { received.bytes > before }) {
        before = received.bytes
        if before > 0 && before == expected { return }
        var request = request(name, maximumSizeInBytes: expected ?? Self.largestFileInBytes)
        request.offsetInBytes = before
        let response = try await transport.send(request) { [progress] bytes in
          try sink(bytes)
          received.add(bytes.count)
          progress.add(bytes.count)
        }
        try response.requireSuccess(of: request.url)
      }
    } catch let error as TransferError {
      throw refusal(error)
    }
    if let expected, received.bytes != expected {
      throw UntrustedFile.Refusal(found: received.bytes, expected: expected)
    }
  }

  /// Reads a file once.
  ///
  /// - Throws: as `read`.
  func content(of name: String, sizeInBytes expected: UInt64?) async throws -> FileFacts {
    let sink = DigestSink()
    try await read(name, sizeInBytes: expected) { sink.append($0) }
    return sink.facts
  }

  /// Reads a file once, writes it to a pipe for as long as that is read, and closes the pipe.
  ///
  /// - Throws: as `read`.
  func content(
    of name: String, sizeInBytes expected: UInt64?, writingTo pipe: FileDescriptor
  ) async throws -> FileFacts {
    defer { try? pipe.close() }
    let sink = DigestSink(pipe)
    try await read(name, sizeInBytes: expected) { try sink.appendAndWrite($0) }
    return sink.facts
  }

  private func request(_ name: String, maximumSizeInBytes: UInt64) -> HTTPRequest {
    HTTPRequest(
      url: "\(url)/\(percentEncoded(path: name))", headers: headers,
      maximumResponseInBytes: maximumSizeInBytes, followsRedirects: true)
  }

  /// The error for a failed transfer: a problem of the file, or of the server.
  private func refusal(_ error: TransferError) -> any Error {
    switch error.kind {
    case .refused(let status) where error.isAbsence:
      UntrustedFile.Refusal(reason: "is not there: the server answered \(status)")
    case .tooLarge: UntrustedFile.Refusal(reason: error.message)
    default: VerificationError.unreachable(error)
    }
  }
}

/// Counts the bytes of transfers.
final class TransferProgress: Sendable {
  private let received = Atomic<UInt64>(0)
  private let expected = Atomic<UInt64>(0)
  private let report: @Sendable (_ received: UInt64, _ expected: UInt64) -> Void

  /// - Parameter report: called for each piece with the number of bytes that have been received, and
  ///   of those that are expected.
  init(report: @escaping @Sendable (UInt64, UInt64) -> Void = { _, _ in }) {
    self.report = report
  }

  var bytes: UInt64 { received.load(ordering: .relaxed) }

  func expect(_ bytes: UInt64) {
    expected.store(bytes, ordering: .relaxed)
  }

  func add(_ count: Int) {
    let sum = received.wrappingAdd(UInt64(count), ordering: .relaxed).newValue
    report(sum, expected.load(ordering: .relaxed))
  }
}

/// The digest of what a transfer receives. Only one thread uses it at a time.
private final class DigestSink: @unchecked Sendable {
  private let digest = MessageDigest()
  private var sizeInBytes: UInt64 = 0
  private var pipe: FileDescriptor?

  init(_ pipe: FileDescriptor? = nil) {
    self.pipe = pipe
  }

  var facts: FileFacts { FileFacts(digest.snapshot, sizeInBytes: sizeInBytes) }

  func append(_ bytes: UnsafeRawBufferPointer) {
    digest.update(bytes)
    sizeInBytes += UInt64(bytes.count)
  }

  /// The transfer blocks SIGPIPE on its thread.
  func appendAndWrite(_ bytes: UnsafeRawBufferPointer) throws {
    append(bytes)
    do {
      try pipe?.writeAll(bytes)
    } catch Errno.brokenPipe {
      pipe = nil
    }
  }
}
