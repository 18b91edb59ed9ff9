import Bindings
import SystemPackage

/// Sends a file as an object: small ones in one request, large ones in parts, several at a time. What
/// the store has of an unfinished upload is used if its digests are right.
struct S3FileUpload: Sendable {
  /// Files that are larger are sent in parts of this size.
  static let partSizeInBytes: UInt64 = 16 << 20
  /// The largest number of parts (Amazon S3 User Guide, "Amazon S3 multipart upload limits").
  private static let maximumParts: UInt64 = 10_000
  /// The number of requests at a time.
  static let parallelism = 8

  let client: S3Client
  let key: String
  let file: FilePath
  let sizeInBytes: UInt64
  /// SHA-256 in lower-case hexadecimal.
  let digest: String
  let headers: [(name: String, value: String)]
  let meter: TransferMeter

  /// - Parameter unfinished: an upload of the same file.
  /// - Throws: `FileFacts.Changed` if the file does not have the digest; `Errno`; `S3Error`;
  ///   `S3AnswerError`; `TransferError`; `CancellationError`.
  func run(resuming unfinished: S3MultipartUpload?) async throws {
    guard sizeInBytes > Self.partSizeInBytes else { return try await sendWhole() }
    let (upload, present) = try await begin(unfinished)
    let digests = try await sendParts(of: upload, present)
    try await client.complete(upload, digests: digests, digest: digest, sizeInBytes: sizeInBytes)
  }

  /// The upload, and the parts that the store has.
  private func begin(
    _ unfinished: S3MultipartUpload?
  ) async throws -> (S3MultipartUpload, [Int: S3MultipartUpload.Part]) {
    // The store may have removed it.
    if let unfinished,
      let parts = try await client.absentAsNil({ try await client.parts(of: unfinished) })
    {
      return (unfinished, parts)
    }
    return (try await client.begin(key, digest: digest, headers: headers), [:])
  }

  private func sendWhole() async throws {
    let reader = try FileDigests(file)
    let body = try await reader.body(0..<sizeInBytes)
    guard reader.digest == digest else { throw FileFacts.Changed(path: file) }
    let counter = meter.counter()
    _ = try await client.put(
      key, body, headers: headers, if: .any, reportSent: { counter.report($0) })
    counter.report(sizeInBytes)
  }

  /// The digest of the file is computed on the way: the parts that were sent are those of the file.
  ///
  /// - Returns: SHA-256 of each part in base64.
  private func sendParts(
    of upload: S3MultipartUpload, _ present: [Int: S3MultipartUpload.Part]
  ) async throws -> [String] {
    let reader = try FileDigests(file)
    return try await withThrowingTaskGroup(of: Void.self) { group in
      var (digests, running): ([String], Int) = ([], 0)
      for (index, range) in parts.enumerated() {
        let body = try await reader.body(range)
        digests.append(body.base64Digest)
        if try await reader.matches(range, body, present[index + 1]) { continue }
        if running == Self.parallelism {
          try await group.next()
          running -= 1
        }
        running += 1
        group.addTask {
          let counter = meter.counter()
          try await client.put(
            part: index + 1, of: upload, body, reportSent: { counter.report($0) })
          counter.report(body.content.sizeInBytes)
        }
      }
      try await group.waitForAll()
      guard reader.digest == digest else { throw FileFacts.Changed(path: file) }
      return digests
    }
  }

  /// The parts of the file, in bytes. They depend on its size alone.
  private var parts: [Range<UInt64>] {
    let mebibyte: UInt64 = 1 << 20
    let least = (sizeInBytes / Self.maximumParts / mebibyte + 1) * mebibyte
    let size = max(Self.partSizeInBytes, least)
    return stride(from: 0, to: sizeInBytes, by: UInt64.Stride(size)).map {
      $0..<min($0 + size, sizeInBytes)
    }
  }
}
