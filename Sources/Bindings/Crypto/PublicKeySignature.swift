import CGcrypt

/// Verifies signatures over digests with libgcrypt, as GnuPG does.
public enum PublicKeySignature {
  private static let isInitialized: Bool =
    gcry_check_version(nil) != nil && gcrypt_shim_finish_initialization() == 0

  /// Whether `signature` is a valid signature of `data` by `key`.
  ///
  /// - Parameters: canonical S-expressions in the forms that the manual of libgcrypt describes
  ///   under "Cryptographic Functions".
  public static func verifies(signature: [UInt8], data: [UInt8], key: [UInt8]) -> Bool {
    guard isInitialized, let signature = Expression(signature), let data = Expression(data),
      let key = Expression(key)
    else { return false }
    return gcry_pk_verify(signature.pointer, data.pointer, key.pointer) == 0
  }

  private final class Expression {
    let pointer: gcry_sexp_t

    init?(_ canonical: [UInt8]) {
      var pointer: gcry_sexp_t?
      guard gcry_sexp_new(&pointer, canonical, canonical.count, 0) == 0, let pointer else {
        return nil
      }
      self.pointer = pointer
    }

    deinit {
      gcry_sexp_release(pointer)
    }
  }
}
