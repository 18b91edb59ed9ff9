import Bindings
import Configuration
import SystemPackage

/// The key that image:signing_keyid specifies, or the one of publish:tree_signing_home, is missing.
struct MissingSigningKey: ExitStatusError, CustomStringConvertible {
  /// Nil for the only key there.
  let id: String?
  let home: FilePath
  let reason: String

  var exitStatus: ExitStatus { .unavailable }
  var description: String {
    guard let id else {
      return "publish:tree_signing_home is \(home), which has not got one secret key (\(reason))"
    }
    return "image:signing_keyid is \(id), but \(home) has no such secret key (\(reason)); "
      + "import it there, or leave the option empty to build without signatures"
  }
}

/// The key of a build exists, but cannot sign its outputs or its tree.
struct UnusableSigningKey: ExitStatusError, CustomStringConvertible {
  enum Problem: Sendable {
    case key(SigningKeyProblem)
    case expiresSoon(KeyExpiration, minimum: Duration)
    /// gpg-agent does not sign.
    case refused(SigningAgent.Refusal)
    /// A signature by the key does not verify.
    case badSignature(String)
  }

  /// The ID by which the key was asked for; nil for the only key in `home`.
  let id: String?
  let fingerprint: String
  let home: FilePath
  let problem: Problem

  var exitStatus: ExitStatus { .unavailable }
  var description: String {
    (id == nil ? "publish:tree_signing_home has" : "image:signing_keyid names")
      + " the key \(fingerprint) in \(home), \(sentence)"
  }

  private var sentence: String {
    let gpg = "gpg --homedir \(shellQuoted(home.string))"
    func extend(_ part: KeyExpiration) -> String {
      let subkey = part.fingerprint == fingerprint ? "" : " \(part.fingerprint)"
      return "extend it (\(gpg) --quick-set-expire \(fingerprint) 1y\(subkey)) and give the new "
        + "public key to those who verify"
    }
    switch problem {
    case .key(.revoked): return "which is revoked; sign with another key"
    case .key(.expired(let end)):
      return "which expired on \(UTCDate.text(UInt64(clamping: end.time))); \(extend(end))"
    case .expiresSoon(let end, let minimum):
      return "which expires on \(UTCDate.text(UInt64(clamping: end.time))), in less than the "
        + "\(DurationSyntax.text(minimum)) of \(Options.image.signingKeyValidity.name); \(extend(end))"
    case .key(.cannotSign):
      return "which has no part that can sign; add one: \(gpg) --quick-add-key \(fingerprint) "
        + "default sign 2y"
    case .key(.secretPartAbsent):
      return "where the secret half of the part that signs is not; import it: \(gpg) --import FILE"
    case .key(.unsupportedAlgorithm):
      return "whose algorithm is not supported; sign with an RSA, DSA, ECDSA or EdDSA key"
    case .key(.invalid): return "which is disabled or not valid; sign with another key"
    case .badSignature(let why):
      return "but a signature by it is not accepted: it \(why); look at the key (\(gpg) -K) and at "
        + "the clock of this host"
    case .refused(let refusal) where refusal.needsPassphrase:
      return "whose secret part has a passphrase, which nobody enters during a build; remove it: "
        + "\(gpg) --change-passphrase \(fingerprint)"
    case .refused(let refusal):
      return "which cannot sign: \(refusal.message); see whether gpg signs with it: \(gpg) "
        + "--local-user \(fingerprint) --clearsign"
    }
  }
}
