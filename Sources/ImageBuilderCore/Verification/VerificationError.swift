import Configuration
import SystemPackage

/// The reason why an output directory cannot be verified.
enum VerificationError: ExitStatusError, CustomStringConvertible {
  case noKey(signature: String, FilePath)
  case noRoom(SparseFile.NoRoom)
  case noTemporaryDirectory(NoTemporaryDirectory)

  var exitStatus: ExitStatus { .unavailable }

  var description: String {
    switch self {
    case .noKey(let signature, let directory):
      "\(visible(directory.string)) is signed (\(visible(signature))), but there is no key to verify "
        + "it with; give the signer's public key: --key FILE, or set image:signing_public_keys"
    case .noTemporaryDirectory(let error):
      "\(error); set TMPDIR to a directory with room for a disk image (the default is /var/tmp)"
    case .noRoom(let error):
      "the disk image cannot be unpacked in \(error.directory): \(error.errno); set TMPDIR to a "
        + "directory with room for it"
    }
  }
}
