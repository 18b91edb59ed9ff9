import Bindings
import Configuration
import Glibc
import SystemPackage

/// The public keys that may sign outputs, in a GnuPG home directory that contains no other keys.
struct TrustedSigners: Sendable {
  private static let longestSignatureInBytes = 1 << 16

  /// The fingerprints of the primary keys.
  let fingerprints: [String]
  private let home: FilePath

  /// Calls `body` with the keys in some files, or with nil if `keys` is empty.
  ///
  /// - Throws: `UnusableKey`; `MissingTool`; `LinuxError`; `OpenPGPError`; what `body` throws.
  static func with<Result>(
    _ keys: [FilePath], _ body: (TrustedSigners?) async throws -> Result
  ) async throws -> Result {
    guard !keys.isEmpty else { return try await body(nil) }
    // The path of TMPDIR can be too long for the sockets of GnuPG.
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
        throw UnusableKey(path: key, reason: error.message)
      }
    }
    fingerprints = try gnupg.fingerprintsOfPublicKeys()
  }

  /// The keys in binary form.
  ///
  /// - Throws: `OpenPGPError`.
  func keyring() throws -> [UInt8] {
    let gnupg = try OpenPGP(homeDirectory: home)
    return try fingerprints.flatMap { try gnupg.publicKey($0, isArmored: false) }
  }

  /// Verifies `signature` over `file` with GnuPG.
  ///
  /// - Returns: the fingerprint of the signer's primary key.
  /// - Throws: `Refusal` if the signature is not by one of these keys, or is wrong in any other
  ///   way.
  func signer(of signature: FilePath, over file: FilePath) async throws(Refusal) -> String {
    try await signer(of: signature, overFile: file) { gnupg, _ in
      try gnupg.verify(file, detachedSignature: signature)
    }
  }

  /// Verifies `signature` over a file that has been read before. GnuPG would read the whole file
  /// again.
  ///
  /// - Returns: the fingerprint of the signer's primary key.
  /// - Throws: `Refusal`, as above.
  func signer(
    of signature: FilePath, over content: FileFacts, in file: FilePath
  ) async throws(Refusal) -> String {
    try await signer(of: signature, overFile: file) { gnupg, packet in
      let packet = try SignaturePacket(parsing: packet)
      let issuer = try packet.issuer(at: UInt32(truncatingIfNeeded: time(nil)))
      let primary = try gnupg.primaryFingerprint(ofUsableKey: issuer)
      let key = try PublicKeyMaterial.find(issuer, in: gnupg.publicKey(primary, isArmored: false))
      let digest = try content.digest(
        packet.digestAlgorithm.method, of: file, followedBy: packet.trailer)
      guard let key, key.verifies(packet, digest: digest) else {
        throw OpenPGPError("verify the signature \(signature)", "Bad signature")
      }
      return primary
    }
  }

  /// When the key that made a verified signature expires; nil if it does not.
  ///
  /// - Throws: `OpenPGPError`; `SignaturePacket.Malformed`; `LinuxError`.
  func expiration(ofKeyOf signature: FilePath) throws -> KeyExpiration? {
    guard let packet = ArmoredSignature.packet(in: try FileAccess.text(of: signature)) else {
      throw SignaturePacket.Malformed(description: "is not armored")
    }
    let issuer = try SignaturePacket(parsing: packet)
      .issuer(at: UInt32(truncatingIfNeeded: time(nil)))
    return try OpenPGP(homeDirectory: home).expiration(ofKey: issuer)
  }

  private func signer(
    of signature: FilePath, overFile file: FilePath,
    _ verify: @escaping @Sendable (OpenPGP, _ packet: [UInt8]) throws -> String
  ) async throws(Refusal) -> String {
    do {
      return try await BlockingWork.run { _ in
        let text = try UntrustedFile.text(
          of: signature, maximumSizeInBytes: Self.longestSignatureInBytes)
        guard let packet = ArmoredSignature.packet(in: text) else {
          throw Refusal(description: "is not one armored signature as GnuPG writes it")
        }
        return try verify(OpenPGP(homeDirectory: home), packet)
      }
    } catch let error as Refusal {
      throw error
    } catch let error as SignaturePacket.Malformed {
      throw Refusal(description: error.description)
    } catch let error as OpenPGPError {
      let keys = fingerprints.joined(separator: " or ")
      throw Refusal(
        description: "does not verify as a signature of \(file.lastComponent?.string ?? ""): "
          + "\(error.message); expected a signature by \(keys)")
    } catch {
      throw Refusal(description: "cannot be read: \(error)")
    }
  }

  /// The reason why a signature is not accepted, worded to follow the name of the file.
  struct Refusal: Error, CustomStringConvertible {
    let description: String
  }
}

/// A file that contains no usable public keys.
struct UnusableKey: ExitStatusError, CustomStringConvertible {
  let path: FilePath
  let reason: String

  var exitStatus: ExitStatus { .unavailable }
  var description: String {
    "\(visible(path.string)) is not a file of public keys: \(visible(reason)); export one: "
      + "gpg --armor --export KEYID >FILE"
  }
}
