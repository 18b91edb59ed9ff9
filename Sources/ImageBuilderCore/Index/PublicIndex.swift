import Configuration

/// The index of a destination: index.json, index.html, and `latest/VARIANT`. It is made of the
/// versions that are there, so anybody who may write there can make it again.
///
/// Several publishers may change it at the same time. index.json is written only if nobody else has
/// written it since it was read. The other files follow from it; whoever writes them reads it once
/// more, so the last one to write them has seen the last index.json.
struct PublicIndex {
  private static let document = "index.json"
  private static let page = "index.html"
  private static let maximumAttempts = 100

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
  /// - Throws: `UnreachableDestination`; `NewerIndex`; `BusyIndex`.
  @discardableResult
  func update(_ variant: PublishedVariant?) async throws -> IndexDocument {
    var written = try await writeDocument(variant)
    for _ in 0..<Self.maximumAttempts {
      guard let document = try IndexDocument(written.bytes) else { break }
      try await files.write(Array(IndexPage(document).text.utf8), to: Self.page)
      let shown = variant.map { document.variant($0.path).map { [$0] } ?? [] } ?? document.variants
      for variant in shown {
        guard let latest = variant.latest else { continue }
        try await files.link("latest/\(variant.path)", to: "\(variant.path)/\(latest)")
      }
      guard let now = try await files.read(Self.document), now != written else {
        return document
      }
      written = now
    }
    throw BusyIndex(place: destination.place)
  }

  /// Writes index.json.
  ///
  /// - Returns: what is there now.
  private func writeDocument(_ variant: PublishedVariant?) async throws -> SharedFile {
    for attempt in 0..<Self.maximumAttempts {
      let old = try await files.read(Self.document)
      let known = try old.flatMap { try IndexDocument($0.bytes) }
      let document = try await document(variant, known)
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

  private func document(
    _ variant: PublishedVariant?, _ known: IndexDocument?
  ) async throws -> IndexDocument {
    let isComplete = variant == nil || known == nil
    var document = isComplete ? IndexDocument() : known!
    let listed = try await destination.versions(of: isComplete ? nil : variant)
    let variants = isComplete ? Set(listed.map(\.version.variant)) : [variant!]
    for variant in variants {
      let own = listed.filter { $0.version.variant == variant }
        .sorted {
          ($0.secondsSinceEpoch, $0.version.name) > ($1.secondsSinceEpoch, $1.version.name)
        }
      var versions: [IndexDocument.Version] = []
      for listed in own {
        let published = UTCDate.text(listed.secondsSinceEpoch)
        let earlier = document.variant(variant.path)?.versions
          .first { $0.version == listed.version.name && $0.published == published }
        if let earlier {
          versions.append(earlier)
        } else if let version = try await IndexDocument.Version(listed, at: destination) {
          versions.append(version)
        } else {
          say(
            "warning: \(destination.name(of: listed.version)) is not listed in the index, because it "
              + "has no readable \(listed.version.name).\(OutputManifest.fileExtension)")
        }
      }
      document.set(variant.path, versions)
    }
    return document
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
