import Bindings
import Configuration
import SystemPackage

/// An object of a bucket.
struct S3Object: Sendable, Equatable {
  let key: String
  let sizeInBytes: UInt64
  /// The tag that changes with the content, with quotes.
  let tag: String
  /// When it was written, in seconds since 1970.
  let secondsSinceEpoch: Int
}

/// The content of a small object.
struct S3Content: Sendable {
  let bytes: [UInt8]
  /// The tag that changes with the content, with quotes.
  let tag: String
}

/// What an object must be for a write to happen.
enum S3Condition: Sendable {
  case absent
  /// The object has this tag.
  case unchanged(tag: String)
  case any

  var headers: [(name: String, value: String)] {
    switch self {
    case .absent: [("if-none-match", "*")]
    case .unchanged(let tag): [("if-match", tag)]
    case .any: []
    }
  }
}

extension S3Client {
  /// The header with the SHA-256 of the content of an object, in hexadecimal.
  private static let digestHeader = "x-amz-meta-sha256"
  /// The header with a random number of the write, by which a write is known again whose answer was
  /// lost.
  private static let writeHeader = "x-amz-meta-write"

  /// Writes the content of an object of any size to a file.
  ///
  /// - Throws: `S3Error`; `TransferError`; `Errno`.
  func download(_ key: String, to file: FilePath) async throws {
    var request = Request(method: "GET", key: key)
    request.maximumAnswerInBytes = .max
    try await retry.run {
      let output = try FileDescriptor.open(
        file, .writeOnly, options: [.create, .truncate, .closeOnExec, .noFollow],
        permissions: .worldReadable)
      defer { try? output.close() }
      _ = try await attempt(request, to: { _ = try output.writeAll($0) })
    }
  }

  /// The content of a small object; nil if there is none.
  ///
  /// - Throws: `S3Error`; `S3AnswerError`; `TransferError`, also for a larger object.
  func get(_ key: String, maximumSizeInBytes: Int) async throws -> S3Content? {
    var request = Request(method: "GET", key: key)
    request.maximumAnswerInBytes = UInt64(maximumSizeInBytes)
    return try await absentAsNil {
      try await retry.run {
        let answer = try await attempt(request)
        if let digest = answer[Self.digestHeader],
          digest != MessageDigest.hexadecimal(of: answer.body)
        {
          throw S3AnswerError(
            operation: operation(request), problem: "does not have the digest of the object")
        }
        return S3Content(bytes: answer.body, tag: answer["etag"] ?? "")
      }
    }
  }

  /// Whether an object has this content. It must have been written by `put` or `complete`.
  ///
  /// - Throws: `S3Error`; `TransferError`.
  func holds(_ key: String, digest: String, sizeInBytes: UInt64) async throws -> Bool {
    let answer = try await head(key)
    return answer?[Self.digestHeader] == digest && answer?["content-length"] == "\(sizeInBytes)"
  }

  private func head(_ key: String) async throws -> HTTPResponse? {
    try await absentAsNil { try await send(Request(method: "HEAD", key: key)) }
  }

  /// Nil if what `body` asks for does not exist.
  func absentAsNil<Result>(_ body: () async throws -> Result) async throws -> Result? {
    do {
      return try await body()
    } catch let error as S3Error where error.isAbsence {
      return nil
    }
  }

  /// Headers that let the store verify content, and others know it.
  static func digestHeaders(_ digest: String) -> [(name: String, value: String)] {
    [(digestHeader, digest)]
  }

  /// Writes an object in one request.
  ///
  /// - Returns: false if the condition does not hold.
  /// - Throws: `S3Error`; `TransferError`; `CancellationError`.
  func put(
    _ key: String, _ body: Body, headers: [(name: String, value: String)],
    if condition: S3Condition = .any, reportSent: @escaping @Sendable (UInt64) -> Void = { _ in }
  ) async throws -> Bool {
    let write = String(UInt64.random(in: .min ... .max), radix: 16)
    var request = Request(method: "PUT", key: key, body: body)
    request.headers =
      headers + condition.headers + Self.digestHeaders(hexadecimalText(body.digest)) + [
        (Self.writeHeader, write), ("x-amz-checksum-sha256", body.base64Digest),
        ("x-amz-sdk-checksum-algorithm", "SHA256"),
      ]
    do {
      _ = try await send(request, reportSent: reportSent)
      return true
    } catch let error as S3Error where error.isConflict {
      if case .any = condition { throw error }
      return try await head(key)?[Self.writeHeader] == write
    } catch let error as S3Error where error.isAbsence {
      // The object of an If-Match is gone.
      guard case .unchanged = condition else { throw error }
      return false
    }
  }

  /// Removes an object, if there is one.
  ///
  /// - Throws: `S3Error`; `TransferError`; `CancellationError`.
  func remove(_ key: String) async throws {
    _ = try await absentAsNil { try await send(Request(method: "DELETE", key: key)) }
  }
}
