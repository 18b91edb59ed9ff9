import Bindings
import Configuration
import SystemPackage

/// The reason why an output directory cannot be verified.
enum VerificationError: ExitStatusError, CustomStringConvertible {
  /// The place is a directory or a URL.
  case noKey(signature: String, String)
  case noRoom(SparseFile.NoRoom)
  case noTemporaryDirectory(NoTemporaryDirectory)
  /// The free space of a directory does not suffice for unpacked images.
  case littleSpace(FilePath, freeInBytes: UInt64, neededInBytes: UInt64)
  case unreachable(TransferError)
  case noVersion(url: String)

  var exitStatus: ExitStatus {
    switch self {
    case .noVersion: .dataError
    default: .unavailable
    }
  }

  var description: String {
    switch self {
    case .noKey(let signature, let place):
      "\(visible(place)) is signed (\(visible(signature))), but there is no key to verify "
        + "it with; give the signer's public key: --key FILE, or set image:signing_public_keys"
    case .noTemporaryDirectory(let error):
      "\(error); set TMPDIR to a directory with room for a disk image (the default is /var/tmp)"
    case .littleSpace(let directory, let free, let needed):
      "the unpacked disk images take up to \(formattedSize(needed)), and \(directory) has "
        + "\(formattedSize(free)); set TMPDIR to a directory with room for them"
    case .unreachable(let error): "\(error)\(error.advice)"
    case .noVersion(let url):
      "\(visible(url)) has no SHA256SUMS; --verify takes the URL of one published version: "
        + "https://HOST/PRODUCT/BRANCH/ARCH/PLATFORM/PERSONALITY/OUTVERSION"
    case .noRoom(let error):
      "the disk image cannot be unpacked in \(error.directory): \(error.errno); set TMPDIR to a "
        + "directory with room for it"
    }
  }
}

extension TransferError {
  /// What a user can do, as the rest of a sentence.
  fileprivate var advice: String {
    switch kind {
    case .refused(status: 401):
      "; write the login for the host to SYSCONFDIR/netrc: machine HOST login USER password PASSWORD"
    case .untrustedCertificate:
      "; for a private authority, copy its certificate to /usr/local/share/ca-certificates/NAME.crt "
        + "and run update-ca-certificates"
    default: ""
    }
  }
}
