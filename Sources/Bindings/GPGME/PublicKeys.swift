import CGPGME
import Glibc
import SystemPackage

extension OpenPGP {
  /// Imports the keys in a file, armored or binary, into the home directory.
  ///
  /// - Throws: `OpenPGPError`, also if the file contains no key or a secret key.
  public func importPublicKeys(_ file: FilePath) throws(OpenPGPError) {
    let operation = "import the public keys in \(file)"
    let data = try FileData(file, operation)
    try Self.check(gpgme_op_import(context, data.data), operation)
    guard let result = gpgme_op_import_result(context)?.pointee, result.considered > 0 else {
      throw OpenPGPError(operation, "the file holds no key")
    }
    guard result.secret_read == 0 else {
      throw OpenPGPError(operation, "the file holds a secret key")
    }
  }

  /// The fingerprints of the primary keys in the home directory, in upper-case hexadecimal.
  ///
  /// - Throws: `OpenPGPError`.
  public func fingerprintsOfPublicKeys() throws(OpenPGPError) -> [String] {
    let operation = "list public keys"
    try Self.check(gpgme_op_keylist_start(context, nil, 0), operation)
    defer { gpgme_op_keylist_end(context) }
    var fingerprints: [String] = []
    while true {
      var key: gpgme_key_t?
      let error = gpgme_op_keylist_next(context, &key)
      if gpgme_err_code(error) == GPG_ERR_EOF { return fingerprints }
      try Self.check(error, operation)
      defer { gpgme_key_unref(key) }
      if let fingerprint = key?.pointee.fpr { fingerprints.append(String(cString: fingerprint)) }
    }
  }

  /// The fingerprint of the primary key to which a signing key belongs. The signing key is a subkey
  /// or the primary key itself.
  ///
  /// - Throws: `OpenPGPError` if there is no such key, if it cannot sign, or if it is expired or
  ///   revoked.
  public func primaryFingerprint(
    ofUsableKey fingerprint: String
  ) throws(OpenPGPError) -> String {
    let operation = "verify with the key \(fingerprint)"
    var key: gpgme_key_t?
    guard gpgme_get_key(context, fingerprint, &key, 0) == 0, let key else {
      throw OpenPGPError(operation, "No public key")
    }
    defer { gpgme_key_unref(key) }
    let subkey = Self.subkeys(of: key).first { String(cString: $0.pointee.fpr) == fingerprint }
    guard let facts = subkey?.pointee, facts.can_sign == 1, facts.invalid == 0, facts.disabled == 0
    else { throw OpenPGPError(operation, "No public key that can sign") }
    guard facts.revoked == 0, key.pointee.revoked == 0 else {
      throw OpenPGPError(operation, "Key revoked")
    }
    guard facts.expired == 0, key.pointee.expired == 0 else {
      throw OpenPGPError(operation, "Key expired")
    }
    return String(cString: key.pointee.fpr)
  }

  /// When the key that made a signature expires: the subkey or its primary key, whichever is earlier.
  /// Nil if neither expires.
  ///
  /// - Throws: `OpenPGPError` if there is no such key.
  public func expiration(ofKey fingerprint: String) throws(OpenPGPError) -> KeyExpiration? {
    var key: gpgme_key_t?
    try Self.check(
      gpgme_get_key(context, fingerprint, &key, 0), "find the public key \(fingerprint)")
    defer { gpgme_key_unref(key) }
    let subkeys = Self.subkeys(of: key!)
    let concerned =
      subkeys.prefix(1) + subkeys.filter { String(cString: $0.pointee.fpr) == fingerprint }
    return concerned.compactMap(KeyExpiration.init).min { $0.time < $1.time }
  }

  /// Exports a public key, armored or binary.
  ///
  /// - Throws: `OpenPGPError`.
  public func publicKey(
    _ fingerprint: String, isArmored: Bool
  ) throws(OpenPGPError) -> [UInt8] {
    let operation = "export the public key \(fingerprint)"
    gpgme_set_armor(context, isArmored ? 1 : 0)
    defer { gpgme_set_armor(context, 1) }
    var data: gpgme_data_t?
    try Self.check(gpgme_data_new(&data), operation)
    defer { gpgme_data_release(data) }
    try Self.check(gpgme_op_export(context, fingerprint, 0, data), operation)
    return Self.bytes(of: data)
  }

  /// The whole content of a data buffer.
  private static func bytes(of data: gpgme_data_t?) -> [UInt8] {
    var count = 0
    gpgme_data_seek(data, 0, SEEK_SET)
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    repeat {
      count = gpgme_data_read(data, &buffer, buffer.count)
      bytes += buffer.prefix(max(count, 0))
    } while count > 0
    return bytes
  }
}
