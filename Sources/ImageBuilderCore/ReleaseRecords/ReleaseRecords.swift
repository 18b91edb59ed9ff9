import Bindings
import Configuration
import SystemPackage

/// The records of releases at a destination.
struct ReleaseRecords: Sendable {
  /// Requests at a time.
  private static let parallelism = 8

  private let files: any SharedFiles
  private let cache: FilePath?

  /// - Parameter cache: a directory for records that were read; nil if they are not kept.
  init(_ files: any SharedFiles, cache: FilePath? = nil) {
    self.files = files
    self.cache = cache
  }

  /// The records of all fleets.
  ///
  /// - Throws: `UnreachableDestination`; `ReleaseRecord.Damage`.
  func all() async throws -> [ReleaseRecord] {
    let stored = try await files.files(below: ReleaseRecord.folder)
      .filter { ReleaseRecord.isRecord($0.path) }
    return try await concurrentMap(stored, atMost: Self.parallelism) { try await record($0) }
      .compactMap { $0 }
  }

  /// The versions in all records.
  ///
  /// - Throws: as `all`.
  func released() async throws -> Set<PublishedVersion> {
    Set(try await all().flatMap(\.versions))
  }

  /// Nil if it was removed meanwhile.
  private func record(_ file: StoredFile) async throws -> ReleaseRecord? {
    let path = "\(ReleaseRecord.folder)/\(file.path)"
    let key = "\(files.place)\0\(path)\0\(file.secondsSinceEpoch)\0\(file.sizeInBytes)"
    let kept = cache?.appending("\(MessageDigest.hexadecimal(of: key)).json")
    if let kept, let bytes = try? FileAccess.bytes(of: kept),
      let record = try? ReleaseRecord(bytes, path: path, place: files.place)
    {
      return record
    }
    guard let bytes = try await files.read(path)?.bytes else { return nil }
    let record = try ReleaseRecord(bytes, path: path, place: files.place)
    // Without the copy, the record is read again.
    if let kept { try? FileAccess.write(bytes, to: kept, waitsForDisk: false) }
    return record
  }
}
