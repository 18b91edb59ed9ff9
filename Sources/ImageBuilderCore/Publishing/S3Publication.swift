import Bindings
import Configuration
import SystemPackage

/// Sends the files of a version to an object store. The list of digests is the last object: without
/// it there is no version.
struct S3Publication: Sendable {
  let claims: S3Claims
  let version: PublishedVersion
  let files: [PublishedFile]
  /// SHA256SUMS.
  let list: PublishedFile
  let headers: [(name: String, value: String)]
  let meter: TransferMeter

  private var client: S3Client { claims.client }
  private var prefix: String { claims.prefix(version) }

  /// - Returns: false if another publisher was quicker.
  /// - Throws: `PublishingError.publishedByOther`; `FileFacts.Changed`; `Errno`; `S3Error`;
  ///   `S3AnswerError`; `TransferError`; `CancellationError`.
  func run() async throws -> Bool {
    try await claims.clear(keeping: version)
    try await claims.claim(version)
    let last = ["\(version.name).manifest.json", OutputListing.checksumListSignature]
    let others = files.filter { !last.contains($0.name) && $0.name != list.name }
    try await send(others)
    for name in last { try await send(files.filter { $0.name == name }) }
    try await claims.abortUploads(version)
    try await compare()
    let isFirst = try await sendList()
    try await claims.release(version)
    return isFirst
  }

  /// Small files are sent several at a time, and the parts of each large one.
  private func send(_ files: [PublishedFile]) async throws {
    guard !files.isEmpty else { return }
    let present = try await client.list(prefix, isFlat: true).objects
    let sizes = Dictionary(present.map { ($0.key, $0.sizeInBytes) }) { _, last in last }
    let uploads = try await client.uploads(below: prefix)
    let unfinished = Dictionary(uploads.map { ($0.key, $0) }) { _, last in last }
    let isLarge = { (file: PublishedFile) in file.sizeInBytes > S3FileUpload.partSizeInBytes }
    let send = { @Sendable (file: PublishedFile) in
      let key = prefix + file.name
      if sizes[key] == file.sizeInBytes,
        try await client.holds(key, digest: file.digest, sizeInBytes: file.sizeInBytes)
      {
        return
      }
      try await S3FileUpload(
        client: client, key: key, file: file.path, sizeInBytes: file.sizeInBytes,
        digest: file.digest, headers: headers + ContentType.headers(of: file.name), meter: meter
      ).run(resuming: unfinished[key])
    }
    for file in files where isLarge(file) { try await send(file) }
    try await forEachConcurrently(
      files.filter { !isLarge($0) }, atMost: S3FileUpload.parallelism, send)
  }

  /// Removes objects that are no files of the version, and compares the others with the files.
  private func compare() async throws {
    let expected = Dictionary(
      uniqueKeysWithValues: files.filter { $0.name != list.name }
        .map { (prefix + $0.name, $0.sizeInBytes) })
    try await client.retry.run {
      let objects = try await client.list(prefix, isFlat: true).objects
      for object in objects where expected[object.key] == nil {
        try await client.remove(object.key)
      }
      let found = Dictionary(objects.map { ($0.key, $0.sizeInBytes) }) { _, last in last }
      if let wrong = expected.first(where: { found[$0.key] != $0.value })?.key {
        throw S3AnswerError(
          operation: "GET \(client.store.name(of: prefix))",
          problem: "does not list \(wrong) as it was sent")
      }
    }
  }

  private func sendList() async throws -> Bool {
    let bytes = try FileAccess.bytes(of: list.path)
    let body = S3Client.Body(bytes)
    guard hexadecimalText(body.digest) == list.digest else {
      throw FileFacts.Changed(path: list.path)
    }
    return try await client.put(
      prefix + list.name, body, headers: headers + ContentType.headers(of: list.name), if: .absent)
  }
}
