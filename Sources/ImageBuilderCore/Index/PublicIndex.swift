import Configuration

/// The index of a destination: index.json, index.html, `latest/VARIANT` and `released/VARIANT`. It is
/// made of the versions and the records of releases that are there, so anybody who may write there can
/// make it again.
///
/// Several publishers may change it at the same time. index.json is written only if nobody else has
/// written it since it was read. The other files follow from it; whoever writes them reads it once
/// more, so the last one to write them has seen the last index.json.
struct PublicIndex {
  static let document = "index.json"
  private static let page = "index.html"
  private static let maximumAttempts = 100
  /// Where the newest version of each variant, and the one that was released last, can be found.
  private static let (latest, released) = ("latest", "released")

  /// What is listed.
  struct Scope {
    /// The variants whose versions are listed again; nil for all, from their files.
    var variants: Set<PublishedVariant>?
    /// The released versions. If it is nil, they are those of the records if all variants are listed
    /// again, otherwise those that the index has.
    var released: Set<PublishedVersion>?
    /// Versions that are not listed, because they are about to be removed.
    var hidden: Set<PublishedVersion> = []
  }

  private let destination: any Destination
  private let files: any SharedFiles
  private let say: (String) -> Void

  /// - Parameters:
  ///   - files: those of the destination.
  ///   - say: is called with a warning for each version that is not listed.
  init(
    _ destination: any Destination, _ files: any SharedFiles,
    say: @escaping (String) -> Void = { _ in }
  ) {
    self.destination = destination
    self.files = files
    self.say = say
  }

  /// Lists the versions of one variant again.
  ///
  /// - Parameter variant: nil lists all variants again, from their files.
  /// - Returns: the new index.
  /// - Throws: as `update(_:)` for a scope.
  @discardableResult
  func update(_ variant: PublishedVariant?) async throws -> IndexDocument {
    try await update(Scope(variants: variant.map { [$0] }))
  }

  /// Lists versions again.
  ///
  /// - Returns: the new index.
  /// - Throws: `UnreachableDestination`; `NewerIndex`; `BusyIndex`; `ReleaseRecord.Damage`.
  @discardableResult
  func update(_ scope: Scope) async throws -> IndexDocument {
    var written = try await writeDocument(scope)
    for _ in 0..<Self.maximumAttempts {
      guard let document = try IndexDocument(written.bytes) else { break }
      try await files.write(Array(IndexPage(document).text.utf8), to: Self.page)
      try await link(document, scope)
      guard let now = try await files.read(Self.document), now != written else {
        return document
      }
      written = now
    }
    throw BusyIndex(place: destination.place)
  }

  /// Makes the names of the newest versions lead to them, and removes those that lead nowhere.
  private func link(_ document: IndexDocument, _ scope: Scope) async throws {
    let paths = scope.variants.map { $0.map(\.path).sorted() } ?? document.variants.map(\.path)
    var stale: [String] = []
    for path in paths {
      let variant = document.variant(path)
      for (name, version) in [
        (Self.latest, variant?.latest), (Self.released, variant?.released),
      ] {
        if let version {
          try await files.link("\(name)/\(path)", to: "\(path)/\(version)")
        } else if variant == nil || scope.variants == nil || scope.released != nil {
          stale.append("\(name)/\(path)")
        }
      }
    }
    try await files.remove(stale)
  }

  /// Writes index.json.
  ///
  /// - Returns: what is there now.
  private func writeDocument(_ scope: Scope) async throws -> SharedFile {
    for attempt in 0..<Self.maximumAttempts {
      let old = try await files.read(Self.document)
      let known = try old.flatMap { try IndexDocument($0.bytes) }
      let document = try await document(scope, known)
      let bytes = try document.bytes
      if let old, old.bytes == bytes { return old }
      if try await files.replace(Self.document, old, with: bytes),
        let written = try await files.read(Self.document)
      {
        return written
      }
      try await Task.sleep(for: .milliseconds(Int.random(in: 0...50 << min(attempt, 5))))
    }
    throw BusyIndex(place: destination.place)
  }

  private func document(_ scope: Scope, _ known: IndexDocument?) async throws -> IndexDocument {
    let variants = known == nil ? nil : scope.variants
    var document = variants == nil ? IndexDocument() : known!
    let listed = try await destination.versions(of: variants?.count == 1 ? variants?.first : nil)
      .filter { !scope.hidden.contains($0.version) }
    let released =
      if let released = scope.released {
        Optional(released)
      } else {
        variants == nil ? try await ReleaseRecords(files).released() : nil
      }
    let byVariant = Dictionary(grouping: listed) { $0.version.variant }
    for variant in variants ?? Set(byVariant.keys) {
      let earlier = document.variant(variant.path)?.versions ?? []
      document.set(
        variant.path, try await versions(byVariant[variant] ?? [], earlier, released: released))
    }
    return document
  }

  /// The facts of the versions of a variant, the newest first.
  private func versions(
    _ listed: [ListedVersion], _ earlier: [IndexDocument.Version],
    released: Set<PublishedVersion>?
  ) async throws -> [IndexDocument.Version] {
    let known = Dictionary(earlier.map { ($0.version, $0) }) { first, _ in first }
    var versions: [IndexDocument.Version] = []
    let newestFirst = listed.sorted {
      ($0.secondsSinceEpoch, BuildVersion($0.version.name))
        > ($1.secondsSinceEpoch, BuildVersion($1.version.name))
    }
    for listed in newestFirst {
      var version = known[listed.version.name]
      if version?.published != UTCDate.text(listed.secondsSinceEpoch) {
        version = try await VersionFacts(listed, at: destination)?.entry
      }
      guard var version else {
        say(
          "warning: \(destination.name(of: listed.version)) is not listed in the index, because it "
            + "has no readable \(listed.version.name).\(OutputManifest.fileExtension)")
        continue
      }
      if let released { version.isReleased = released.contains(listed.version) }
      versions.append(version)
    }
    return versions
  }
}

/// The index was written for a schema that this program does not know.
struct NewerIndex: ExitStatusError, CustomStringConvertible {
  let schema: Int

  var exitStatus: ExitStatus { .dataError }
  var description: String {
    "index.json has the schema \(schema), and this program knows schemas up to "
      + "\(IndexDocument.schema); publish with the program that wrote it, or a newer one"
  }
}

/// Other publishers wrote the index all the time.
struct BusyIndex: ExitStatusError, CustomStringConvertible {
  let place: String

  var exitStatus: ExitStatus { .temporaryFailure }
  var description: String {
    "index.json in \(place) was changed by others each time; make it again: image-builder index"
  }
}
