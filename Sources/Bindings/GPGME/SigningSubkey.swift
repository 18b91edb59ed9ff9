import CGPGME

/// How a key signs, with the number that OpenPGP has for it (RFC 4880, section 9.1; RFC 9580 for
/// EdDSA as GnuPG writes it).
public enum PublicKeyAlgorithm: UInt8, Sendable {
  case rsa = 1
  case dsa = 17
  case ecdsa = 19
  case eddsa = 22

  /// How many numbers a signature has.
  public var numberCount: Int { self == .rsa ? 1 : 2 }

  init?(_ algorithm: gpgme_pubkey_algo_t) {
    switch algorithm {
    case GPGME_PK_RSA, GPGME_PK_RSA_S: self = .rsa
    case GPGME_PK_DSA: self = .dsa
    case GPGME_PK_ECDSA: self = .ecdsa
    case GPGME_PK_EDDSA: self = .eddsa
    default: return nil
    }
  }
}

/// The part of an OpenPGP key that makes signatures.
public struct SigningSubkey: Sendable, Equatable {
  /// In upper-case hexadecimal.
  public let fingerprint: String
  /// What gpg-agent calls the key by.
  public let keygrip: String
  /// How it signs.
  public let algorithm: PublicKeyAlgorithm
  /// Of the modulus, or of the curve.
  public let sizeInBits: Int
}

extension OpenPGP {
  /// The subkey that gpg would sign with: the newest one that can, else the primary key.
  ///
  /// - Throws: `OpenPGPError` when there is none.
  public func signingSubkey(_ keyID: String) throws(OpenPGPError) -> SigningSubkey {
    let key = try secretKey(keyID)
    defer { gpgme_key_unref(key) }
    var usable: [gpgme_subkey_t] = []
    var next = key.pointee.subkeys
    while let subkey = next {
      let facts = subkey.pointee
      if facts.can_sign == 1, facts.secret == 1, facts.revoked == 0, facts.expired == 0,
        facts.disabled == 0, facts.invalid == 0
      {
        usable.append(subkey)
      }
      next = facts.next
    }
    let primary = key.pointee.subkeys
    let newest = usable.filter { $0 != primary }.max { $0.pointee.timestamp < $1.pointee.timestamp }
    let operation = "sign with \(keyID)"
    guard let subkey = newest ?? usable.first, let keygrip = subkey.pointee.keygrip else {
      throw OpenPGPError(operation, "no part of the key can sign: it is expired, revoked or absent")
    }
    guard let algorithm = PublicKeyAlgorithm(subkey.pointee.pubkey_algo) else {
      throw OpenPGPError(operation, "only RSA, DSA, ECDSA and EdDSA keys can sign")
    }
    return SigningSubkey(
      fingerprint: String(cString: subkey.pointee.fpr), keygrip: String(cString: keygrip),
      algorithm: algorithm,
      sizeInBits: Int(subkey.pointee.length))
  }
}
