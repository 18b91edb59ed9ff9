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

/// When a primary key or a subkey expires.
public struct KeyExpiration: Equatable, Sendable {
  /// The fingerprint of the primary key or subkey.
  public let fingerprint: String
  /// In seconds since 1970.
  public let time: Int64

  /// Nil if it does not expire.
  init?(_ subkey: gpgme_subkey_t) {
    guard subkey.pointee.expires != 0 else { return nil }
    fingerprint = String(cString: subkey.pointee.fpr)
    time = Int64(subkey.pointee.expires)
  }
}

/// The reason why a secret key cannot sign.
public enum SigningKeyProblem: Error, Equatable, Sendable {
  /// The key is revoked.
  case revoked
  /// The primary key, or the last of the subkeys that could sign, has expired.
  case expired(KeyExpiration)
  /// No part of the key is meant for signing.
  case cannotSign
  /// The home directory contains only the public half of the part that signs.
  case secretPartAbsent
  /// The key is not an RSA, DSA, ECDSA or EdDSA key.
  case unsupportedAlgorithm
  /// The key is disabled or not valid.
  case invalid
}

extension OpenPGP {
  /// Selects the subkey with which gpg would sign: the newest subkey that can sign, or else the
  /// primary key.
  ///
  /// - Throws: `OpenPGPError` if there is not exactly one such key; `SigningKeyProblem`.
  public func signingSubkey(_ keyID: String) throws -> SigningSubkey {
    let key = try secretKey(keyID)
    defer { gpgme_key_unref(key) }
    let facts = key.pointee
    guard facts.revoked == 0 else { throw SigningKeyProblem.revoked }
    let primary = facts.subkeys
    let signing = Self.subkeys(of: key).filter { $0.pointee.can_sign == 1 }
    guard !signing.isEmpty else { throw SigningKeyProblem.cannotSign }
    if facts.expired == 1, let end = primary.flatMap({ KeyExpiration($0) }) {
      throw SigningKeyProblem.expired(end)
    }
    let usable = try Self.usable(signing)
    let newest = usable.filter { $0 != primary }.max { $0.pointee.timestamp < $1.pointee.timestamp }
    guard let subkey = newest ?? usable.first, let keygrip = subkey.pointee.keygrip else {
      throw SigningKeyProblem.invalid
    }
    guard let algorithm = PublicKeyAlgorithm(subkey.pointee.pubkey_algo) else {
      throw SigningKeyProblem.unsupportedAlgorithm
    }
    return SigningSubkey(
      fingerprint: String(cString: subkey.pointee.fpr), keygrip: String(cString: keygrip),
      algorithm: algorithm,
      sizeInBits: Int(subkey.pointee.length))
  }

  /// - Returns: those that can sign now; not empty.
  /// - Throws: the reason why the others cannot, if there are none.
  private static func usable(
    _ signing: [gpgme_subkey_t]
  ) throws(SigningKeyProblem) -> [gpgme_subkey_t] {
    let current = signing.filter { $0.pointee.revoked == 0 }
    guard !current.isEmpty else { throw .revoked }
    let lasting = current.filter { $0.pointee.expired == 0 }
    if lasting.isEmpty,
      let last = current.compactMap(KeyExpiration.init).max(by: { $0.time < $1.time })
    {
      throw .expired(last)
    }
    let valid = lasting.filter { $0.pointee.disabled == 0 && $0.pointee.invalid == 0 }
    guard !valid.isEmpty else { throw .invalid }
    let present = valid.filter { $0.pointee.secret == 1 }
    guard !present.isEmpty else { throw .secretPartAbsent }
    return present
  }

  static func subkeys(of key: gpgme_key_t) -> [gpgme_subkey_t] {
    var subkeys: [gpgme_subkey_t] = []
    var next = key.pointee.subkeys
    while let subkey = next {
      subkeys.append(subkey)
      next = subkey.pointee.next
    }
    return subkeys
  }
}
