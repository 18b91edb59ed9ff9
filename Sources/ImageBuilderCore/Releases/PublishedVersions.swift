import Bindings
import Configuration
import FoundationEssentials
import SystemPackage

/// The versions at a destination, and what they say of themselves. What was read of a version is kept
/// in a cache, because a version never changes.
struct PublishedVersions: Sendable {
  /// Versions that are read at a time.
  private static let parallelism = 8

  let destination: any Destination
  private let cache: FilePath?

  /// - Parameter cache: a directory; nil if nothing is kept.
  init(_ destination: any Destination, cache: FilePath?) {
    self.destination = destination
    self.cache = cache
  }

  /// All complete versions of all variants, by one listing.
  ///
  /// - Throws: `UnreachableDestination`.
  func all() async throws -> [ListedVersion] {
    try await destination.versions(of: nil)
  }

  /// What a version says of itself; nil if it has no manifest of its name.
  ///
  /// - Throws: `UnreachableDestination`.
  func facts(of listed: ListedVersion) async throws -> VersionFacts? {
    let key = "\(destination.place)\0\(listed.version)\0\(listed.secondsSinceEpoch)"
    let kept = cache?.appending("\(MessageDigest.hexadecimal(of: key)).json")
    if let kept, let bytes = try? FileAccess.bytes(of: kept),
      let facts = try? JSONDecoder().decode(VersionFacts.self, from: Data(bytes))
    {
      return facts
    }
    guard let facts = try await VersionFacts(listed, at: destination) else { return nil }
    if let kept, let bytes = try? JSONEncoder().encode(facts) {
      // Without the copy, the version is read again.
      try? FileAccess.write(Array(bytes), to: kept, waitsForDisk: false)
    }
    return facts
  }

  /// What versions say of themselves. Those without a manifest of their name are left out.
  ///
  /// - Throws: `UnreachableDestination`.
  func facts(of listed: [ListedVersion]) async throws -> [PublishedVersion: VersionFacts] {
    let found = try await concurrentMap(listed, atMost: Self.parallelism) { version in
      try await facts(of: version).map { (version.version, $0) }
    }
    return Dictionary(uniqueKeysWithValues: found.compactMap { $0 })
  }

  /// What the index lists of versions, by versions. Empty if there is no index that can be read.
  ///
  /// - Throws: `UnreachableDestination`; `NewerIndex`.
  func indexed() async throws -> [PublishedVersion: IndexDocument.Version] {
    guard let bytes = try await destination.sharedFiles?.read(PublicIndex.document)?.bytes,
      let document = try IndexDocument(bytes)
    else { return [:] }
    var entries: [PublishedVersion: IndexDocument.Version] = [:]
    for variant in document.variants {
      guard let published = PublishedVariant(path: variant.path) else { continue }
      for entry in variant.versions { entries[PublishedVersion(published, entry.version)] = entry }
    }
    return entries
  }
}
