import Bindings
import Configuration
import FoundationEssentials

/// The objects by which builds tell each other which versions of a variant they are publishing:
/// `VARIANT/.publishing/OUTVERSION`. What a version has without its list of digests belongs to the
/// build that has the claim.
struct S3Claims: Sendable {
  private static let largestInBytes = 1 << 12
  /// The digest in the claim of a version that is being removed.
  static let removal = ""

  let client: S3Client
  /// What all keys begin with.
  let top: String
  let variant: PublishedVariant
  let builder: BuildIdentity
  /// SHA-256 of the list of digests of what is published.
  let listDigest: String
  let headers: [(name: String, value: String)]

  private struct Claim: Codable, Equatable {
    let builder: String
    let host: String
    let listDigest: String
  }

  private var own: Claim {
    Claim(builder: builder.text, host: builder.host, listDigest: listDigest)
  }
  private var directory: String { "\(top)\(variant)/.publishing/" }
  private func key(_ version: PublishedVersion) -> String { directory + version.name }

  /// What the keys of a version begin with.
  func prefix(_ version: PublishedVersion) -> String { "\(top)\(version)/" }

  /// Removes what earlier builds of this directory left, except what belongs to the same outputs.
  ///
  /// - Throws: `S3Error`; `S3AnswerError`; `TransferError`; `CancellationError`.
  func clear(keeping version: PublishedVersion) async throws {
    for object in try await client.list(directory, isFlat: true).objects {
      let name = String(object.key.dropFirst(directory.count))
      guard let claim = try await read(object.key), claim.builder == own.builder,
        name != version.name || claim.listDigest != own.listDigest
      else { continue }
      try await release(PublishedVersion(variant, name))
    }
  }

  /// Claims a version, which another build of the same directory may have claimed before.
  ///
  /// - Throws: `PublishingError.publishedByOther`; `S3Error`; `S3AnswerError`; `TransferError`;
  ///   `CancellationError`.
  func claim(_ version: PublishedVersion) async throws {
    if try await write(own, key(version), if: .absent) { return }
    let claim = try await read(key(version))
    guard claim?.builder == own.builder else {
      throw PublishingError.publishedByOther(
        version, host: claim?.host ?? "an unknown host",
        claim: client.store.name(of: key(version)))
    }
    if claim != own { _ = try await write(own, key(version), if: .any) }
  }

  /// Claims a complete version, which nobody needs a claim for any more.
  ///
  /// - Throws: `S3Error`; `S3AnswerError`; `TransferError`; `CancellationError`.
  func takeOver(_ version: PublishedVersion) async throws {
    _ = try await write(own, key(version), if: .any)
  }

  /// Removes what any builder has begun to remove.
  ///
  /// - Returns: the names of the versions.
  /// - Throws: `S3Error`; `S3AnswerError`; `TransferError`; `CancellationError`.
  func finishRemovals() async throws -> [String] {
    var removed: [String] = []
    for object in try await client.list(directory, isFlat: true).objects
    where try await read(object.key)?.listDigest == Self.removal {
      let name = String(object.key.dropFirst(directory.count))
      try await release(PublishedVersion(variant, name))
      removed.append(name)
    }
    return removed
  }

  private func write(_ claim: Claim, _ key: String, if condition: S3Condition) async throws -> Bool
  {
    try await client.put(
      key, S3Client.Body(Array(try JSONEncoder().encode(claim))),
      headers: headers + ContentType.headers(of: "claim.json"), if: condition)
  }

  /// Gives up a claim. What the version has is removed, unless it is complete.
  ///
  /// - Throws: `S3Error`; `S3AnswerError`; `TransferError`; `CancellationError`.
  func release(_ version: PublishedVersion) async throws {
    try await abortUploads(version)
    let prefix = prefix(version)
    let keys = try await client.list(prefix, isFlat: true).objects.map(\.key)
    if !keys.contains(prefix + OutputListing.checksumList) {
      try await forEachConcurrently(keys, atMost: S3FileUpload.parallelism) {
        try await client.remove($0)
      }
    }
    try await client.remove(key(version))
  }

  /// Gives up the unfinished uploads of a version.
  ///
  /// - Throws: `S3Error`; `S3AnswerError`; `TransferError`; `CancellationError`.
  func abortUploads(_ version: PublishedVersion) async throws {
    for upload in try await client.uploads(below: prefix(version)) {
      try await client.abort(upload)
    }
  }

  /// Nil if there is no claim, or one that this program has not written.
  private func read(_ key: String) async throws -> Claim? {
    let content = try await client.get(key, maximumSizeInBytes: Self.largestInBytes)
    return content.flatMap { try? JSONDecoder().decode(Claim.self, from: Data($0.bytes)) }
  }
}
