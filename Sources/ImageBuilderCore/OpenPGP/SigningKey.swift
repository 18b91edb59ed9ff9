import Bindings
import Configuration
import Glibc
import SystemPackage

/// The key that `image:signing_keyid` specifies, in a private copy of SYSCONFDIR/gnupg.
///
/// GnuPG writes to its home directory, which is read-only in a build, and its agent needs a short
/// path for its socket.
final class SigningKey: Signer {
  /// The fingerprint of the primary key, in upper-case hexadecimal.
  let fingerprint: String
  let home: FilePath
  private let id: String?
  private let original: FilePath
  private let subkey: SigningSubkey

  /// Calls `body` with the configured key, or with nil if no key is configured.
  ///
  /// - Throws: `ConfigurationError`, `LinuxError`, `MissingSigningKey`, `UnusableSigningKey`; what `body`
  ///   throws.
  static func with<Result>(
    _ configuration: Configuration, _ paths: BuildPaths,
    _ body: (SigningKey?) async throws -> Result
  ) async throws -> Result {
    let id = try configuration.value(Options.image.signingKeyID)
    guard !id.isEmpty else { return try await body(nil) }
    return try await with(id, copying: home(paths), body)
  }

  /// The GnuPG home directory with the secret keys.
  static func home(_ paths: BuildPaths) -> FilePath {
    paths.systemDirectory.appending("gnupg")
  }

  /// Calls `body` with the key that `id` specifies in the GnuPG home directory `original`; without an
  /// ID, with the only secret key there.
  ///
  /// - Parameter link: another path of `original`, if that path is hidden.
  /// - Throws: `LinuxError`, `MissingSigningKey`, `UnusableSigningKey`; what `body`
  ///   throws.
  static func with<Result>(
    _ id: String?, copying original: FilePath, through link: FilePath? = nil,
    _ body: (SigningKey) async throws -> Result
  ) async throws -> Result {
    try await TemporaryDirectory.with(in: "/tmp") { home in
      let key = try await SigningKey(id, original, copying: link ?? original, to: home)
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

  private init(
    _ id: String?, _ original: FilePath, copying source: FilePath, to home: FilePath
  ) async throws {
    self.home = home
    self.id = id
    self.original = original
    do {
      let files = ["pubring.kbx", "pubring.gpg", "secring.gpg", "private-keys-v1.d", "trustdb.gpg"]
        .map(source.appending).filter(Directories.exists)
      guard !files.isEmpty else {
        throw OpenPGPError("find the key", "there is no keyring")
      }
      try await Command("cp", ["-R", "--"] + files.map(\.string) + [home.string]).run()
      let gnupg = try OpenPGP(homeDirectory: home)
      fingerprint =
        try id.map { id throws(OpenPGPError) in try gnupg.fingerprintOfSecretKey(id) }
        ?? gnupg.fingerprintOfOnlySecretKey()
      do {
        subkey = try gnupg.signingSubkey(fingerprint)
      } catch let problem as SigningKeyProblem {
        throw UnusableSigningKey(
          id: id, fingerprint: fingerprint, home: original, problem: .key(problem))
      }
    } catch let error as OpenPGPError {
      throw MissingSigningKey(id: id, home: original, reason: "\(error)")
    } catch let error as CommandFailure {
      throw MissingSigningKey(id: id, home: original, reason: "\(error)")
    }
  }

  /// Writes the armored detached signature of a file. The digest in `artifact` is used, so the file
  /// is read again only if the key needs SHA-512.
  ///
  /// - Throws: `SigningAgent.Refusal`; `CommandFailure`;
  ///   `LinuxError`; `SignaturePacket.Malformed` if the agent's answer is not a signature; `Errno`
  ///   and `FileFacts.Changed` if the file is read again.
  func sign(_ artifact: Artifact, to signature: FilePath) async throws {
    let unfinished = SignaturePacket(
      by: subkey, digestAlgorithm, secondsSinceEpoch: UInt32(truncatingIfNeeded: time(nil)))
    let digest = try artifact.content.digest(
      digestAlgorithm.method, of: artifact.path, followedBy: unfinished.trailer)
    let answer = try await SigningAgent(home: home).sign(digest, digestAlgorithm, with: subkey)
    let packet = try unfinished.completed(digest: digest, answer: answer)
    try FileAccess.write(ArmoredSignature.text(of: packet.bytes), to: signature)
  }

  /// ECDSA and Ed448 need a digest as long as their numbers (FIPS 186-4, section 6.4).
  private var digestAlgorithm: SignaturePacket.DigestAlgorithm {
    let isCurve = [.ecdsa, .eddsa].contains(subkey.algorithm)
    return isCurve && subkey.sizeInBits > 256 ? .sha512 : .sha256
  }

  func publicKeys(_ scratch: FilePath) throws -> [FilePath] {
    let file = scratch.appending("signing-key.asc")
    let bytes = try OpenPGP(homeDirectory: home).publicKey(fingerprint, isArmored: true)
    try FileAccess.write(bytes, to: file)
    return [file]
  }

  /// Returns the error for a problem with this key.
  func unusable(_ problem: UnusableSigningKey.Problem) -> UnusableSigningKey {
    UnusableSigningKey(
      id: id, fingerprint: fingerprint, home: original, problem: problem)
  }

  private func endAgent() async {
    _ = try? await Command("gpgconf", ["--homedir", home.string, "--kill", "all"]).run()
  }
}
