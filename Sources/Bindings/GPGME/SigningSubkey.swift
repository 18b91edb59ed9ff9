import CGPGME

/// A public-key algorithm for signatures, with its OpenPGP number (RFC 4880, section 9.1; RFC 9580
/// for EdDSA as GnuPG writes it).
public enum PublicKeyAlgorithm: UInt8, Sendable {
  case rsa = 1
  case dsa = 17
  case ecdsa = 19
  case eddsa = 22

  /// The number of integers in a signature.
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

/// The primary key or subkey that makes signatures.
public struct SigningSubkey: Sendable, Equatable {
  /// In upper-case hexadecimal.
  public let fingerprint: String
  /// The identifier of the key in gpg-agent.
  public let keygrip: String
  /// The algorithm of its signatures.
  public let algorithm: PublicKeyAlgorithm
  /// The size of the modulus or of the curve.
  public let sizeInBits: Int
}

extension OpenPGP {
  /// Selects the subkey with which gpg would sign: the newest subkey that can sign, or else the
  /// primary key.
  ///
  /// - Throws: `OpenPGPError` if no part of the key can sign, or its algorithm is not supported.
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
