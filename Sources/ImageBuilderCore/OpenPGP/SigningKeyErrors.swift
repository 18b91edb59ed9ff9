import Bindings
import Configuration
import SystemPackage

/// The key that image:signing_keyid specifies is missing.
struct MissingSigningKey: ExitStatusError, CustomStringConvertible {
  /// Nil for the only key.
  let id: String?
  let home: FilePath
  let reason: String

  var exitStatus: ExitStatus { .unavailable }
  var description: String {
    guard let id else { return "\(home) has not got one secret key (\(reason))" }
    return "image:signing_keyid is \(id), but \(home) has no such secret key (\(reason)); "
      + "import it there, or leave the option empty to build without signatures"
  }
}

/// The key that image:signing_keyid specifies exists, but cannot sign the outputs of this build.
struct UnusableSigningKey: ExitStatusError, CustomStringConvertible {
  enum Problem: Sendable {
    case key(SigningKeyProblem)
    case expiresSoon(KeyExpiration, minimum: Duration)
    /// gpg-agent does not sign.
    case refused(SigningAgent.Refusal)
    /// A signature by the key does not verify.
    case badSignature(String)
  }

  let fingerprint: String
  let home: FilePath
  let problem: Problem

  var exitStatus: ExitStatus { .unavailable }
  var description: String {
    "image:signing_keyid names the key \(fingerprint) in \(home), \(sentence)"
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
