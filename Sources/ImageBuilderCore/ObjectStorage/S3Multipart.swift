import Bindings
import Configuration

/// An object that is being written in parts. It appears when it is completed.
struct S3MultipartUpload: Sendable, Equatable {
  let key: String
  let id: String

  /// A part that the store has.
  struct Part: Sendable, Equatable {
    let number: Int
    let sizeInBytes: UInt64
    let tag: String
    /// SHA-256 in base64; nil if the store does not say it.
    let digest: String?
  }
}

extension S3Client {
  /// The unfinished uploads of objects whose keys begin with a prefix.
  ///
  /// - Throws: `S3Error`; `S3AnswerError`; `TransferError`; `CancellationError`.
  func uploads(below prefix: String) async throws -> [S3MultipartUpload] {
    let query = [("uploads", ""), ("encoding-type", "url"), (name: "prefix", value: prefix)]
    return try await pages("ListMultipartUploads", query: query) { page in
      var uploads: [S3MultipartUpload] = []
      for entry in page.all("Upload") {
        guard let id = entry["UploadId"] else {
          throw UnreadablePage(problem: "lists an upload without an ID")
        }
        let isEncoded = page["EncodingType"] == "url"
        let key = try Self.key(entry["Key"], isEncoded: isEncoded, prefix: prefix)
        uploads.append(S3MultipartUpload(key: key, id: id))
      }
      let next = page["NextKeyMarker"].map {
        [("key-marker", $0), ("upload-id-marker", page["NextUploadIdMarker"] ?? "")]
      }
      return (uploads, next)
    }.flatMap { $0 }
  }

  /// Begins an upload.
  ///
  /// - Parameter digest: SHA-256 of the whole content in lower-case hexadecimal.
  /// - Throws: `S3Error`; `S3AnswerError`; `TransferError`; `CancellationError`.
  func begin(
    _ key: String, digest: String, headers: [(name: String, value: String)]
  ) async throws -> S3MultipartUpload {
    var request = Request(method: "POST", key: key, query: [("uploads", "")], body: Body([]))
    request.headers =
      headers + Self.digestHeaders(digest) + [("x-amz-checksum-algorithm", "SHA256")]
    return try await document("InitiateMultipartUpload", request) { answer in
      guard let id = answer["UploadId"], !id.isEmpty else {
        throw UnreadablePage(problem: "has no ID of the upload")
      }
      return S3MultipartUpload(key: key, id: id)
    }
  }

  /// Sends a part.
  ///
  /// - Throws: `S3Error`; `TransferError`; `CancellationError`.
  func put(
    part number: Int, of upload: S3MultipartUpload, _ body: Body,
    reportSent: @escaping @Sendable (UInt64) -> Void
  ) async throws {
    _ = try await send(
      Request(
        method: "PUT", key: upload.key,
        query: [("partNumber", "\(number)"), ("uploadId", upload.id)],
        headers: [
          ("x-amz-checksum-sha256", body.base64Digest), ("x-amz-sdk-checksum-algorithm", "SHA256"),
        ], body: body),
      reportSent: reportSent)
  }

  /// The parts that the store has, by their numbers.
  ///
  /// - Throws: `S3Error`; `S3AnswerError`; `TransferError`; `CancellationError`.
  func parts(of upload: S3MultipartUpload) async throws -> [Int: S3MultipartUpload.Part] {
    let pages = try await pages(
      "ListParts", key: upload.key,
      query: [("uploadId", upload.id), ("max-parts", "\(pageSize)")]
    ) { page in
      var parts: [S3MultipartUpload.Part] = []
      for entry in page.all("Part") {
        guard let number = entry["PartNumber"].flatMap({ Int($0) }), let tag = entry["ETag"],
          let size = entry["Size"].flatMap({ UInt64($0) })
        else { throw UnreadablePage(problem: "lists a part without number, size or tag") }
        parts.append(
          S3MultipartUpload.Part(
            number: number, sizeInBytes: size, tag: tag, digest: entry["ChecksumSHA256"]))
      }
      return (parts, page["NextPartNumberMarker"].map { [("part-number-marker", $0)] })
    }
    return Dictionary(pages.joined().map { ($0.number, $0) }) { _, last in last }
  }

  /// Makes an object of the parts 1 to `digests.count`.
  ///
  /// - Parameters:
  ///   - digests: SHA-256 of each part in base64.
  ///   - digest: SHA-256 of the whole content in lower-case hexadecimal.
  /// - Throws: `S3Error`; `S3AnswerError`; `TransferError`; `CancellationError`.
  func complete(
    _ upload: S3MultipartUpload, digests: [String], digest: String, sizeInBytes: UInt64
  ) async throws {
    do {
      try await retry.run {
        let parts = try await parts(of: upload)
        let list = try digests.enumerated().map { index, digest in
          guard let part = parts[index + 1], part.digest ?? digest == digest else {
            throw S3AnswerError(
              operation: "GET \(store.name(of: upload.key))",
              problem: "does not list part \(index + 1) as it was sent")
          }
          return
            "<Part><PartNumber>\(part.number)</PartNumber><ETag>\(markupEscaped(part.tag))</ETag>"
            + "<ChecksumSHA256>\(digest)</ChecksumSHA256></Part>"
        }
        let body =
          "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
          + list.joined() + "</CompleteMultipartUpload>"
        let request = Request(
          method: "POST", key: upload.key, query: [("uploadId", upload.id)],
          headers: [("content-type", "application/xml")], body: Body(Array(body.utf8)))
        try await document("CompleteMultipartUpload", request) { _ in }
      }
    } catch let error as S3Error where error.isAbsence {
      // An earlier attempt, whose answer was lost, has completed the upload.
      guard try await holds(upload.key, digest: digest, sizeInBytes: sizeInBytes) else {
        throw error
      }
    }
  }

  /// Gives up an upload, and removes its parts.
  ///
  /// - Throws: `S3Error`; `TransferError`; `CancellationError`.
  func abort(_ upload: S3MultipartUpload) async throws {
    do {
      _ = try await send(
        Request(method: "DELETE", key: upload.key, query: [("uploadId", upload.id)]))
    } catch let error as S3Error where error.isAbsence {}
  }
}
