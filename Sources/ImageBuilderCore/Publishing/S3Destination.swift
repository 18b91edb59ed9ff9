import Bindings
import Configuration
import SystemPackage

/// A bucket of Amazon S3, or of a compatible store (publish:s3_bucket).
struct S3Destination: Destination {
  private static let hookOfEIB = "45-publish-s3"

  private let store: S3Store
  /// What all keys begin with: empty, or with a slash at the end.
  private let top: String
  private let credentialsFile: FilePath
  private let objectHeaders: [(name: String, value: String)]
  private let storageClass: String
  private let builder: BuildIdentity
  private let transport = HTTPTransport()
  var retry: RetryPolicy
  var timeouts = TransferTimeouts()

  init(_ configuration: Configuration, _ paths: BuildPaths) throws {
    let options = Options.publish
    let bucket = try configuration.value(options.s3Bucket)
    guard !bucket.isEmpty else { throw PublishingError.missingPlace(.s3) }
    if try configuration.value(options.hooks.names).contains(Self.hookOfEIB) {
      throw PublishingError.doubledHook(Self.hookOfEIB, .s3)
    }
    let region = try configuration.value(options.s3Region)
    store = S3Store(
      bucket: bucket, region: region.isEmpty ? nil : region,
      endpoint: try Self.endpoint(configuration))
    let prefix = try configuration.value(options.s3Prefix).split(separator: "/")
    top = prefix.map { "\($0)/" }.joined()
    credentialsFile = paths.systemDirectory.appending("aws-credentials")
    let acl = try configuration.value(options.s3ACL)
    objectHeaders = acl.isEmpty ? [] : [("x-amz-acl", acl)]
    storageClass = try configuration.value(options.s3StorageClass)
    builder = BuildIdentity(paths)
    retry = try .forDestinations()
  }

  /// Nil for Amazon's own.
  private static func endpoint(_ configuration: Configuration) throws -> S3Endpoint? {
    let option = Options.publish.s3Endpoint
    let variable = BuildVariable.objectStore
    let (name, place) =
      try configuration.value(option).map { ("\(option.name)", $0) }
      ?? (variable.rawValue, variable.value ?? "")
    if place.isEmpty { return nil }
    guard let endpoint = S3Endpoint(place) else {
      throw PublishingError.unusablePlace(name, found: place, accepted: S3Endpoint.accepted)
    }
    return endpoint
  }

  let option = DestinationKind.s3.option
  let tools: [RequiredTool] = []
  let localDirectory: FilePath? = nil
  var place: String { String(store.name(of: top).dropLast()) }
  var sharedFiles: (any SharedFiles)? {
    S3SharedFiles(place: place, top: top, headers: objectHeaders) { try client() }
  }

  /// - Throws: `ConfigurationError`; `S3CredentialsError`.
  private func client() throws -> S3Client {
    S3Client(
      store: store,
      credentials: try S3Credentials(file: credentialsFile, environment: currentEnvironment()),
      transport: transport, retry: retry, timeouts: timeouts)
  }

  /// Writes and removes a small object, too. Nothing else tells whether the account may write, and
  /// whether the store honours conditions.
  func check() async throws {
    try await reachingObjectStore(place) {
      var client = try client()
      client.retry = retry.brief
      try await client.checkReadable(top)
      let probe = "\(top).check-\(builder.text)"
      let (body, headers) = (S3Client.Body([]), objectHeaders)
      _ = try await client.put(probe, body, headers: headers, if: .absent)
      let ignoresConditions = try await client.put(probe, body, headers: headers, if: .absent)
      try await client.remove(probe)
      guard !ignoresConditions else {
        throw UnreachableDestination(
          place: place,
          reason: "the store ignores If-None-Match, so builds could overwrite each other")
      }
    }
  }

  func versions(of variant: PublishedVariant?) async throws -> [ListedVersion] {
    try await reachingObjectStore(place) {
      let client = try client()
      let list = "/\(OutputListing.checksumList)"
      let beginnings =
        if let variant { ["\(top)\(variant)/"] } else { try await products(client) }
      var versions: [ListedVersion] = []
      for beginning in beginnings {
        for object in try await client.list(beginning, isFlat: true).objects
        where object.key.hasSuffix(list) {
          let path = object.key.dropFirst(top.count).dropLast(list.count)
          guard let version = PublishedVersion(path: String(path)) else { continue }
          versions.append(
            ListedVersion(
              version: version, secondsSinceEpoch: UInt64(clamping: object.secondsSinceEpoch)))
        }
      }
      return versions
    }
  }

  /// What the keys of each product begin with. The repository of trees is large and not listed.
  private func products(_ client: S3Client) async throws -> [String] {
    try await client.list(top, isFlat: false).directories.filter {
      let name = $0.dropFirst(top.count).dropLast()
      return !name.hasPrefix(".") && !PublishedVariant.reservedNames.contains(String(name))
    }
  }

  func holds(_ version: PublishedVersion) async throws -> Bool {
    try await read(OutputListing.checksumList, of: version) != nil
  }

  func read(_ file: String, of version: PublishedVersion) async throws -> [UInt8]? {
    try await reachingObjectStore(place) {
      try await client().get(
        "\(top)\(version)/\(file)", maximumSizeInBytes: SharedFile.largestInBytes)?.bytes
    }
  }

  func fetch(_ version: PublishedVersion, to directory: FilePath) async throws -> Bool {
    try await reachingObjectStore(place) {
      let client = try client()
      let prefix = "\(top)\(version)/"
      for object in try await client.list(prefix, isFlat: true).objects {
        let file = StoredFile(
          path: String(object.key.dropFirst(prefix.count)), sizeInBytes: object.sizeInBytes,
          secondsSinceEpoch: UInt64(clamping: object.secondsSinceEpoch))
        guard let file else { continue }
        let target = directory.pushing(FilePath(file.path))
        try Directories.create(target.removingLastComponent())
        try await client.download(object.key, to: target)
      }
      return true
    }
  }

  func put(
    _ version: PublishedVersion, _ files: [PublishedFile], from outputs: FilePath,
    report: @escaping @Sendable (UInt64) -> Void
  ) async throws {
    try await reachingObjectStore(place) {
      guard try await !holds(version) else {
        throw PublishingError.alreadyPublished(version, place)
      }
      var headers = objectHeaders
      if !storageClass.isEmpty { headers.append(("x-amz-storage-class", storageClass)) }
      guard let list = files.first(where: { $0.name == OutputListing.checksumList }) else {
        throw LinuxError(
          "publish without \(outputs.appending(OutputListing.checksumList))",
          .noSuchFileOrDirectory)
      }
      let publication = S3Publication(
        claims: try claims(version.variant, digest: list.digest), version: version, files: files,
        list: list, headers: headers, meter: TransferMeter(report: report))
      guard try await publication.run() else {
        throw PublishingError.alreadyPublished(version, place)
      }
    }
  }

  func beginRemoval(of version: PublishedVersion) async throws {
    try await reachingObjectStore(place) {
      guard try await holds(version) else { return }
      let claims = try claims(version.variant, digest: S3Claims.removal)
      try await claims.takeOver(version)
      // Without its list, it is no version any more.
      try await claims.client.remove("\(top)\(version)/\(OutputListing.checksumList)")
    }
  }

  func finishRemovals(of variants: [PublishedVariant]) async throws -> [String] {
    try await reachingObjectStore(place) {
      var removed: [String] = []
      for variant in variants {
        removed += try await claims(variant, digest: S3Claims.removal).finishRemovals()
      }
      return removed
    }
  }

  /// - Throws: as `client`.
  private func claims(_ variant: PublishedVariant, digest: String) throws -> S3Claims {
    S3Claims(
      client: try client(), top: top, variant: variant, builder: builder, listDigest: digest,
      headers: objectHeaders)
  }
}

/// Converts the errors of an object store.
///
/// - Throws: `UnreachableDestination`; what else `body` throws.
func reachingObjectStore<Result>(
  _ place: String, _ body: () async throws -> Result
) async throws -> Result {
  do {
    return try await body()
  } catch let error as any TransientError & ExitStatusError {
    throw UnreachableDestination(place: place, reason: "\(error)")
  } catch let error as TransferError {
    throw UnreachableDestination(place: place, reason: "\(error)")
  }
}
