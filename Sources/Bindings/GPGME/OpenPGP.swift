import CGPGME
import Glibc
import SystemPackage

/// An error that gpgme reported.
public struct OpenPGPError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The operation that failed, worded to follow "cannot".
  public let operation: String
  /// The message of gpgme, or this program's own if gpgme has none.
  public let message: String

  /// Creates an error from the operation that failed and the reason.
  public init(_ operation: String, _ message: String) {
    self.operation = operation
    self.message = message
  }

  /// `cannot OPERATION: MESSAGE`.
  public var description: String { "cannot \(operation): \(message)" }
}

/// An OpenPGP context for one GnuPG home directory.
///
/// GnuPG writes to its home directory and creates the socket of its agent there. Use a private copy
/// with a path shorter than 100 characters.
public final class OpenPGP {
  let context: gpgme_ctx_t

  /// gpgme requires this call before it is used by several threads.
  private static let isInitialized: Bool = gpgme_check_version(nil) != nil

  /// - Throws: `OpenPGPError` if GnuPG is not installed.
  public init(homeDirectory: FilePath) throws(OpenPGPError) {
    _ = Self.isInitialized
    var context: gpgme_ctx_t?
    try Self.check(gpgme_new(&context), "use GnuPG")
    self.context = context!
    try Self.check(
      gpgme_ctx_set_engine_info(self.context, GPGME_PROTOCOL_OpenPGP, nil, homeDirectory.string),
      "use the GnuPG home directory \(homeDirectory)")
    gpgme_set_armor(self.context, 1)
  }

  deinit {
    gpgme_release(context)
  }

  /// The fingerprint of the secret key that `keyID` (a key ID, fingerprint or user ID) specifies.
  ///
  /// - Throws: `OpenPGPError` if no key or more than one key matches.
  public func fingerprintOfSecretKey(_ keyID: String) throws(OpenPGPError) -> String {
    let key = try secretKey(keyID)
    defer { gpgme_key_unref(key) }
    return String(cString: key.pointee.fpr)
  }

  /// The fingerprint of the only secret key.
  ///
  /// - Throws: `OpenPGPError` if there is none, or more than one.
  public func fingerprintOfOnlySecretKey() throws(OpenPGPError) -> String {
    let operation = "find the only secret key"
    try Self.check(gpgme_op_keylist_start(context, nil, 1), operation)
    defer { gpgme_op_keylist_end(context) }
    var fingerprints: [String] = []
    var key: gpgme_key_t?
    while gpgme_op_keylist_next(context, &key) == 0, let found = key {
      fingerprints.append(String(cString: found.pointee.fpr))
      gpgme_key_unref(found)
    }
    guard let first = fingerprints.first else { throw OpenPGPError(operation, "there is none") }
    guard fingerprints.count == 1 else {
      throw OpenPGPError(operation, "there are \(fingerprints.count)")
    }
    return first
  }

  /// Verifies a detached signature of `file` with the keys in the home directory.
  ///
  /// - Returns: the fingerprint of the signer's primary key, in upper-case hexadecimal.
  /// - Throws: `OpenPGPError` if there is not exactly one signature; if the signature is bad, has
  ///   expired or uses a weak digest; if the key is unknown, expired or revoked.
  public func verify(
    _ file: FilePath, detachedSignature: FilePath
  ) throws(OpenPGPError) -> String {
    let operation = "verify the signature \(detachedSignature)"
    let data = try FileData(file, operation)
    let signature = try FileData(detachedSignature, operation)
    try Self.check(gpgme_op_verify(context, signature.data, data.data, nil), operation)
    guard let result = gpgme_op_verify_result(context), let first = result.pointee.signatures
    else { throw OpenPGPError(operation, "the file holds no signature") }
    guard first.pointee.next == nil else {
      throw OpenPGPError(operation, "the file holds more than one signature")
    }
    guard gpgme_err_code(first.pointee.status) == GPG_ERR_NO_ERROR else {
      throw OpenPGPError(operation, Self.text(first.pointee.status))
    }
    guard Self.strongDigests.contains(first.pointee.hash_algo.rawValue) else {
      let name = gpgme_hash_algo_name(first.pointee.hash_algo).map { String(cString: $0) }
      throw OpenPGPError(operation, "its digest (\(name ?? "unknown")) is too weak")
    }
    var key: gpgme_key_t?
    try Self.check(gpgme_get_key(context, first.pointee.fpr, &key, 0), operation)
    defer { gpgme_key_unref(key) }
    return String(cString: key!.pointee.fpr)
  }

  private static let strongDigests = [GPGME_MD_SHA256, GPGME_MD_SHA384, GPGME_MD_SHA512]
    .map(\.rawValue)

  func secretKey(_ keyID: String) throws(OpenPGPError) -> gpgme_key_t {
    var key: gpgme_key_t?
    let operation = "find the secret key \(keyID)"
    let error = gpgme_get_key(context, keyID, &key, 1)
    switch gpgme_err_code(error) {
    case GPG_ERR_EOF: throw OpenPGPError(operation, "there is none")
    case GPG_ERR_AMBIGUOUS_NAME:
      throw OpenPGPError(operation, "several keys match; use the fingerprint of one")
    default: try Self.check(error, operation)
    }
    return key!
  }

  static func check(
    _ error: gpgme_error_t, _ operation: String
  ) throws(OpenPGPError) {
    guard error != 0 else { return }
    throw OpenPGPError(operation, text(error))
  }

  static func text(_ error: gpgme_error_t) -> String {
    String(cString: gpgme_strerror(error))
  }
}
