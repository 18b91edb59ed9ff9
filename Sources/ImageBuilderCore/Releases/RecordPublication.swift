import Bindings
import Configuration
import SystemPackage

/// Writes the record of a release, its signature and its notes to each destination of a fleet.
///
/// The record appears first, if there is none of this name: only its content counts. It is signed as it
/// is there, so a second publisher cannot leave a signature of another content.
struct RecordPublication: Sendable {
  private let fleet: ReleasedFleet
  let record: ReleaseRecord
  let bytes: [UInt8]
  let notes: [UInt8]
  /// Nil if nothing signs.
  let signature: [UInt8]?

  /// Signs the record, with what signs the outputs of the first variant that has a signer.
  ///
  /// - Throws: as `Signing.with` and `Signer.sign`.
  init(_ fleet: ReleasedFleet, _ record: ReleaseRecord, notes: String) async throws {
    self.fleet = fleet
    self.record = record
    self.notes = Array(notes.utf8)
    bytes = try await Self.existing(record.path, fleet) ?? record.bytes
    signature = try await Self.signature(of: bytes, fleet, name: "\(record.version).json")
  }

  /// What an interrupted release has written.
  private static func existing(_ path: String, _ fleet: ReleasedFleet) async throws -> [UInt8]? {
    for place in fleet.destinations {
      if let found = try await place.destination.sharedFiles?.read(path) { return found.bytes }
    }
    return nil
  }

  private static func signature(
    of bytes: [UInt8], _ fleet: ReleasedFleet, name: String
  ) async throws -> [UInt8]? {
    for member in fleet.members {
      // A signing command works in a directory there.
      if try member.configuration.value(Options.image.signingCommand) != nil {
        try Directories.create(member.paths.temporaryDirectory)
      }
      let signature = try await Signing.with(
        member.configuration, member.paths
      ) { signer -> [UInt8]? in
        guard let signer else { return nil }
        return try await TemporaryDirectory.with(in: "/tmp") { directory in
          let file = directory.appending(name)
          try FileAccess.write(bytes, to: file, waitsForDisk: false)
          let signature = FilePath("\(file).asc")
          try await signer.sign(Artifact(file), to: signature)
          return try FileAccess.bytes(of: signature)
        }
      }
      if let signature { return signature }
    }
    return nil
  }

  /// Writes what is missing.
  ///
  /// - Throws: `OtherRelease` if another publisher was quicker; `UnreachableDestination`.
  func write() async throws {
    for place in fleet.destinations {
      guard let files = place.destination.sharedFiles else { continue }
      try await writeRecord(to: files)
      if let signature { _ = try await files.replace(record.signaturePath, nil, with: signature) }
      _ = try await files.replace(record.notesPath, nil, with: notes)
    }
  }

  private func writeRecord(to files: any SharedFiles) async throws {
    if try await files.replace(record.path, nil, with: bytes) { return }
    guard try await files.read(record.path)?.bytes == bytes else {
      throw OtherRelease(path: "\(files.place)/\(record.path)")
    }
  }
}
