/// A remote as it is written into a repository's configuration.
public struct Remote: Sendable, Equatable {
  /// The name, for example `eos`.
  public var name: String
  /// The URL of the repository: `https://`, `http://` or `file://`.
  public var url: String
  /// Whether the summary must be signed too. Commits always must.
  public var verifiesSummary: Bool
  /// The collection ID of the remote's repository, if it has one.
  public var collectionID: String?

  /// A remote whose summary must be signed unless TLS already protects it.
  public init(name: String, url: String, collectionID: String? = nil) {
    self.name = name
    self.url = url
    self.collectionID = collectionID
    verifiesSummary = !url.hasPrefix("https://")
  }

  /// Whether the repository is on this machine.
  public var isLocal: Bool { url.hasPrefix("file://") }
}

/// What a pull has done so far.
public struct PullProgress: Sendable, Equatable {
  /// Objects fetched or imported.
  public var objects: UInt64
  /// Objects known to be wanted.
  public var wantedObjects: UInt64
  /// Bytes transferred.
  public var bytes: UInt64
  /// Mean rate since the beginning.
  public var bytesPerSecond: UInt64
}

/// A commit's own words about itself.
public struct Commit: Sendable, Equatable {
  /// The SHA-256 checksum in hexadecimal that names the commit.
  public var checksum: String
  /// Seconds since the epoch.
  public var timestamp: UInt64
  /// The first line of the commit message.
  public var subject: String
  /// The value of the metadata key `version`.
  public var version: String?
  /// The collection that the commit says it belongs to.
  public var collectionID: String?
}
