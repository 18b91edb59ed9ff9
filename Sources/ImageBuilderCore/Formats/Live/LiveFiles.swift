import Configuration
import SystemPackage

/// The files that the initramfs of a live medium reads, with EIB's names.
struct LiveFiles: Sendable {
  /// The directory of the medium.
  static let directory = "endless"
  /// The SquashFS, which holds one file, the raw disk image.
  static let squash = "endless.squash"
  static let image = "endless.img"
  /// The file with the name of the disk image.
  static let nameFile = "live"
  /// The directory in the initramfs, and the public keys in it that sign the disk image.
  static let keyDirectory = "live"
  static let keyring = "signing-key.gpg"

  let raw: Artifact
  /// The detached signature of the raw image; nil if nothing is signed.
  let signature: FilePath?
  /// The public keys in binary form; nil if nothing is signed.
  let keyringBytes: [UInt8]?

  /// The files beside the SquashFS.
  ///
  /// - Throws: `LinuxError`.
  func small() throws -> [(name: String, bytes: [UInt8])] {
    var files = [
      (Self.nameFile, Array(raw.name.utf8)),
      ("\(raw.name).sha256", Array(ChecksumLine.text(raw.digest, raw.name).utf8)),
    ]
    if let signature { files.append(("\(raw.name).asc", try FileAccess.bytes(of: signature))) }
    return files
  }

  /// The members of the initramfs that hold the public keys.
  var keyMembers: [(name: String, content: NewcArchive.Content)] {
    guard let keyringBytes else { return [] }
    return [
      (Self.keyDirectory, .directory),
      ("\(Self.keyDirectory)/\(Self.keyring)", .bytes(keyringBytes)),
    ]
  }
}
