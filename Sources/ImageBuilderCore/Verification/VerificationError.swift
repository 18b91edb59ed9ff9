import SystemPackage

/// Why an output directory cannot be verified at all.
public enum VerificationError: Error, Sendable, CustomStringConvertible {
  case noDirectory(FilePath)
  case noKey(signature: String, FilePath)
  case unusableKey(FilePath, reason: String)
  case noRoom(FilePath, reason: String)

  /// The program's exit status, as sysexits.h numbers them.
  public var exitStatus: Int32 {
    switch self {
    case .noDirectory: 65
    case .noKey, .unusableKey: 69
    case .noRoom: 2
    }
  }

  /// What was found, what is accepted, and what to do next.
  public var description: String {
    switch self {
    case .noDirectory(let path):
      "\(visible(path.string)) is not a directory that can be read; --verify takes one that a build "
        + "filled: build:outdir, or OUTVERSION in publish:directory"
    case .noKey(let signature, let directory):
      "\(visible(directory.string)) is signed (\(visible(signature))), but no key is known to verify "
        + "it with; give the signer's public key: --key FILE, or set image:signing_public_keys"
    case .unusableKey(let path, let reason):
      "\(visible(path.string)) is no file of public keys: \(visible(reason)); export one: "
        + "gpg --armor --export KEYID >FILE"
    case .noRoom(let path, let reason):
      "the disk image cannot be unpacked in \(path): \(reason); set TMPDIR to a directory with "
        + "room for it"
    }
  }
}
