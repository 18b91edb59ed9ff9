import Bindings
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
  /// - Throws: `BuildError.missingSigningKey`; what `body` throws.
  static func with<Result>(
    _ configuration: Configuration, _ paths: BuildPaths,
    _ body: (SigningKey?) async throws -> Result
  ) async throws -> Result {
    let id = try configuration.value("image", "signing_keyid")
    guard !id.isEmpty else { return try await body(nil) }
    let key = try await SigningKey(id, copying: paths.systemDirectory.appending("gnupg"))
    do {
      let result = try await body(key)
      await key.close()
      return result
    } catch {
      await key.close()
      throw error
    }
  }

  private init(_ id: String, copying original: FilePath) async throws {
    home = FilePath("/tmp/gnupg-\(getpid())")
    do {
      try await BuildDirectories.remove(home)
      try BuildDirectories.create(home, mode: 0o700)
      let files = ["pubring.kbx", "pubring.gpg", "secring.gpg", "private-keys-v1.d", "trustdb.gpg"]
        .map(original.appending).filter(BuildDirectories.exists)
      guard !files.isEmpty else {
        throw OpenPGPError("find \(id)", "there is no keyring")
      }
      try await Command("cp", ["-R", "--"] + files.map(\.string) + [home.string]).run()
      let gnupg = try OpenPGP(homeDirectory: home)
      fingerprint = try gnupg.fingerprintOfSecretKey(id)
      subkey = try gnupg.signingSubkey(id)
    } catch {
      throw BuildError.missingSigningKey(id: id, home: original, reason: "\(error)")
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
      digestAlgorithm, of: artifact.path, followedBy: unfinished.trailer)
    let answer = try SigningAgent(socket: try await agentSocket())
      .sign(digest, digestAlgorithm: digestAlgorithm.rawValue, with: subkey)
    let packet = try unfinished.completed(digest: digest, answer: answer)
    try FileAccess.write(ArmouredSignature.text(of: packet.bytes), to: signature)
  }

  /// ECDSA and Ed448 want a digest as long as their numbers (FIPS 186-4, section 6.4).
  private var digestAlgorithm: SignaturePacket.DigestAlgorithm {
    let isCurve = [.ecdsa, .eddsa].contains(subkey.algorithm)
    return isCurve && subkey.sizeInBits > 256 ? .sha512 : .sha256
  }

  /// The agent may have ended meanwhile.
  private func agentSocket() async throws -> FilePath {
    try await Command("gpgconf", ["--homedir", home.string, "--launch", "gpg-agent"]).run()
    let socket = try await Command(
      "gpgconf", ["--homedir", home.string, "--list-dirs", "agent-socket"]
    ).text()
    return FilePath(socket)
  }

  /// Writes the armoured public key.
  ///
  /// - Throws: `OpenPGPError`, `LinuxError`.
  func exportPublicKey(to file: FilePath) throws {
    let bytes = try OpenPGP(homeDirectory: home).publicKey(fingerprint, isArmoured: true)
    try FileAccess.write(String(decoding: bytes, as: UTF8.self), to: file)
  }

  /// Ends the agent and removes the copy.
  private func close() async {
    _ = try? await Command("gpgconf", ["--homedir", home.string, "--kill", "all"]).run()
    try? await BuildDirectories.remove(home)
  }
}
