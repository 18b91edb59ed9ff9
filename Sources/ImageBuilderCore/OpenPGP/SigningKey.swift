import Bindings
import Configuration
import Glibc
import SystemPackage

/// The key of `image:signing_keyid`, in a private copy of SYSCONFDIR/gnupg.
///
/// GnuPG writes into its home directory, which is read-only in a build, and its agent needs a
/// short path for its socket.
final class SigningKey: Sendable {
  /// The key's fingerprint, in upper-case hexadecimal.
  let fingerprint: String
  private let home: FilePath
  private let subkey: SigningSubkey

  /// Calls `body` with the configured key, or nil when the configuration names none.
  ///
  /// - Throws: `MissingSigningKey`; what `body` throws.
  static func with<Result>(
    _ configuration: Configuration, _ paths: BuildPaths,
    _ body: (SigningKey?) async throws -> Result
  ) async throws -> Result {
    let id = try configuration.value(Options.image.signingKeyID)
    guard !id.isEmpty else { return try await body(nil) }
    return try await with(id, copying: paths.systemDirectory.appending("gnupg"), body)
  }

  /// Calls `body` with the key that `id` names in the GnuPG home `original`.
  ///
  /// - Throws: as above.
  static func with<Result>(
    _ id: String, copying original: FilePath, _ body: (SigningKey) async throws -> Result
  ) async throws -> Result {
    try await TemporaryDirectory.with(in: "/tmp") { home in
      let key = try await SigningKey(id, copying: original, to: home)
      do {
        let result = try await body(key)
        await key.endAgent()
        return result
      } catch {
        await key.endAgent()
        throw error
      }
    }
  }

  private init(_ id: String, copying original: FilePath, to home: FilePath) async throws {
    self.home = home
    do {
      let files = ["pubring.kbx", "pubring.gpg", "secring.gpg", "private-keys-v1.d", "trustdb.gpg"]
        .map(original.appending).filter(Directories.exists)
      guard !files.isEmpty else {
        throw OpenPGPError("find \(id)", "there is no keyring")
      }
      try await Command("cp", ["-R", "--"] + files.map(\.string) + [home.string]).run()
      let gnupg = try OpenPGP(homeDirectory: home)
      fingerprint = try gnupg.fingerprintOfSecretKey(id)
      subkey = try gnupg.signingSubkey(id)
    } catch {
      throw MissingSigningKey(id: id, home: original, reason: "\(error)")
    }
  }

  /// Writes the armoured detached signature of a file that was read before: nothing is read again.
  ///
  /// - Throws: `OpenPGPError`, also for a key that is protected by a passphrase; `CommandFailure`,
  ///   `LinuxError`.
  func sign(_ artifact: Artifact, to signature: FilePath) async throws {
    let unfinished = SignaturePacket(
      by: subkey, digestAlgorithm, secondsSinceEpoch: UInt32(truncatingIfNeeded: time(nil)))
    let digest = try artifact.content.digest(
      digestAlgorithm.method, of: artifact.path, followedBy: unfinished.trailer)
    let answer = try await SigningAgent(home: home).sign(digest, digestAlgorithm, with: subkey)
    let packet = try unfinished.completed(digest: digest, answer: answer)
    try FileAccess.write(ArmouredSignature.text(of: packet.bytes), to: signature)
  }

  /// ECDSA and Ed448 want a digest as long as their numbers (FIPS 186-4, section 6.4).
  private var digestAlgorithm: SignaturePacket.DigestAlgorithm {
    let isCurve = [.ecdsa, .eddsa].contains(subkey.algorithm)
    return isCurve && subkey.sizeInBits > 256 ? .sha512 : .sha256
  }

  /// Writes the armoured public key.
  ///
  /// - Throws: `OpenPGPError`, `LinuxError`.
  func exportPublicKey(to file: FilePath) throws {
    let bytes = try OpenPGP(homeDirectory: home).publicKey(fingerprint, isArmoured: true)
    try FileAccess.write(String(decoding: bytes, as: UTF8.self), to: file)
  }

  private func endAgent() async {
    _ = try? await Command("gpgconf", ["--homedir", home.string, "--kill", "all"]).run()
  }
}

/// image:signing_keyid names a key that cannot sign.
struct MissingSigningKey: ExitStatusError, CustomStringConvertible {
  let id: String
  let home: FilePath
  let reason: String

  var exitStatus: ExitStatus { .unavailable }
  var description: String {
    "image:signing_keyid is \(id), but \(home) has no such secret key (\(reason)); "
      + "import it there, or leave the option empty to build without signatures"
  }
}
