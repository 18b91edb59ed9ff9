import Bindings
import Configuration
import SystemPackage

/// The files of an object store that all publishers share. Conditions protect those that change.
struct S3SharedFiles: SharedFiles {
  let place: String
  /// What all keys begin with.
  let top: String
  let headers: [(name: String, value: String)]
  let client: @Sendable () throws -> S3Client

  func read(_ path: String) async throws -> SharedFile? {
    try await reachingObjectStore(place) {
      try await client().get(top + path, maximumSizeInBytes: SharedFile.largestInBytes)
        .map { SharedFile(bytes: $0.bytes, tag: $0.tag) }
    }
  }

  func replace(_ path: String, _ old: SharedFile?, with bytes: [UInt8]) async throws -> Bool {
    try await put(path, bytes, if: old.map { .unchanged(tag: $0.tag) } ?? .absent)
  }

  func write(_ bytes: [UInt8], to path: String) async throws {
    _ = try await put(path, bytes, if: .any)
  }

  func link(_ path: String, to directory: String) async throws {
    let name = FilePath(directory).lastComponent?.string ?? directory
    try await write(Array("\(name)\n".utf8), to: path)
  }

  func files(below directory: String) async throws -> [StoredFile] {
    let prefix = "\(top)\(directory)/"
    return try await reachingObjectStore(place) {
      try await client().list(prefix, isFlat: true).objects.compactMap {
        StoredFile(
          path: String($0.key.dropFirst(prefix.count)), sizeInBytes: $0.sizeInBytes,
          secondsSinceEpoch: UInt64(clamping: $0.secondsSinceEpoch))
      }
    }
  }

  /// Files are sent several at a time, except those that name others: they wait for all before them.
  func add(
    _ paths: [String], from directory: FilePath, report: @escaping @Sendable (UInt64) -> Void
  ) async throws {
    try await reachingObjectStore(place) {
      let client = try client()
      let meter = TransferMeter(report: report)
      let send = { @Sendable (path: String) in
        let file = directory.pushing(FilePath(path))
        let facts = try FileFacts(of: file)
        try await S3FileUpload(
          client: client, key: top + path, file: file, sizeInBytes: facts.sizeInBytes,
          digest: facts.digest, headers: headers + [("content-type", "application/octet-stream")],
          meter: meter
        ).run(resuming: nil)
      }
      var rest = paths[...]
      while !rest.isEmpty {
        let batch = rest.prefix { !Self.namesOthers($0) }
        try await forEachConcurrently(batch, atMost: S3FileUpload.parallelism, send)
        rest = rest.dropFirst(batch.count)
        if let next = rest.popFirst() { try await send(next) }
      }
    }
  }

  /// Commits and the superblocks of static deltas.
  private static func namesOthers(_ path: String) -> Bool {
    [".commit", "/superblock"].contains { path.hasSuffix($0) }
  }

  func remove(_ paths: [String]) async throws {
    try await reachingObjectStore(place) {
      let client = try client()
      try await forEachConcurrently(paths, atMost: S3FileUpload.parallelism) {
        try await client.remove(top + $0)
      }
    }
  }

  /// Caches must ask whether a file that changes has changed.
  private func put(_ path: String, _ bytes: [UInt8], if condition: S3Condition) async throws -> Bool
  {
    try await reachingObjectStore(place) {
      try await client().put(
        top + path, S3Client.Body(bytes),
        headers: headers + ContentType.headers(of: path) + [("cache-control", "no-cache")],
        if: condition)
    }
  }
}
