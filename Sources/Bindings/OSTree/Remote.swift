/// A remote in the configuration of a repository.
public struct Remote: Sendable, Equatable {
  /// The name, for example `eos`.
  public var name: String
  /// The URL of the repository: `https://`, `http://` or `file://`.
  public var url: String
  /// Whether the summary must be signed. Commits must always be signed.
  public var verifiesSummary: Bool
  /// The files with which TLS connections are made. libostree uses `authorities` in addition to those
  /// of the system. Their paths are written to the configuration of the repository.
  public var tlsFiles = TransferCredentials()
  /// The collection ID of the remote repository, if it has one.
  public var collectionID: String?
  /// The refs that a pull without refs fetches.
  public var refs: [String]

  /// Creates a remote whose summary must be signed unless TLS protects it (`https://`).
  public init(name: String, url: String, refs: [String] = []) {
    self.name = name
    self.url = url
    self.refs = refs
    verifiesSummary = !url.hasPrefix("https://")
  }

  /// Whether the repository is on this machine.
  public var isLocal: Bool { url.hasPrefix("file://") }
}

/// The progress of a pull.
public struct PullProgress: Sendable, Equatable {
  /// The number of objects that have been fetched or imported.
  public var objects: UInt64
  /// The number of objects that are known to be needed.
  public var wantedObjects: UInt64
  /// The number of bytes that have been transferred.
  public var bytes: UInt64
  /// The average since the start of the pull.
  public var bytesPerSecond: UInt64
}

/// The metadata of a commit.
public struct Commit: Sendable, Equatable {
  /// The checksum of the commit: SHA-256 in hexadecimal.
  public var checksum: String
  /// Seconds since the epoch.
  public var timestamp: UInt64
  /// The subject of the commit.
  public var subject: String
  /// The value of the metadata key `version`.
  public var version: String?
  /// The collection ID in the metadata of the commit (`ostree.collection-binding`).
  public var collectionID: String?
  /// The refs in the metadata of the commit (`ostree.ref-binding`). If there are some, clients refuse
  /// the commit under any other ref.
  public var boundRefs: [String]?
}
