import Bindings
import SystemPackage

/// The public keys that outputs may be signed with, in a GnuPG home that holds no others.
struct TrustedSigners: Sendable {
  private static let longestSignatureInBytes = 1 << 16

  /// The fingerprints of their primary keys.
  let fingerprints: [String]
  private let home: FilePath

  /// Calls `body` with the keys of some files, or nil when there are none.
  ///
  /// - Throws: `VerificationError.unusableKey`; what `body` throws.
  static func with<Result>(
    _ keys: [FilePath], _ body: (TrustedSigners?) async throws -> Result
  ) async throws -> Result {
    guard !keys.isEmpty else { return try await body(nil) }
    // Not in TMPDIR, which may be longer than GnuPG bears.
    return try await TemporaryDirectory.with(in: "/tmp") { home in
      try await body(try TrustedSigners(keys, home))
    }
  }

  private init(_ keys: [FilePath], _ home: FilePath) throws {
    self.home = home
    _ = try RequiredTool(name: "gpg", package: "gnupg", purpose: "verify signatures").find()
    let gnupg = try OpenPGP(homeDirectory: home)
    for key in keys {
      do {
        try gnupg.importPublicKeys(key)
      } catch {
        throw VerificationError.unusableKey(key, reason: error.message)
      }
    }
    fingerprints = try gnupg.fingerprintsOfPublicKeys()
  }

  /// The fingerprint of the key that made `signature` over `file`.
  ///
  /// - Throws: `Refusal` when it is not one of these keys, or anything else is wrong.
  func signer(of signature: FilePath, over file: FilePath) async throws(Refusal) -> String {
    do {
      return try await BlockingWork.run { _ in
        let text = try UntrustedFile.text(
          of: signature, maximumSizeInBytes: Self.longestSignatureInBytes)
        guard ArmouredSignature.isCanonical(text) else {
          throw Refusal(description: "is not one armoured signature as GnuPG writes it")
        }
        return try OpenPGP(homeDirectory: home).verify(file, detachedSignature: signature)
      }
    } catch let error as Refusal {
      throw error
    } catch let error as OpenPGPError {
      let keys = fingerprints.joined(separator: " or ")
      throw Refusal(
        description: "does not verify as a signature of \(file.lastComponent?.string ?? ""): "
          + "\(error.message); expected is one by \(keys)")
    } catch {
      throw Refusal(description: "cannot be read: \(error)")
    }
  }

  /// Why a signature proves nothing, as the end of a sentence about it.
  struct Refusal: Error, CustomStringConvertible {
    let description: String
  }
}
