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
      fingerprint = try OpenPGP(homeDirectory: home).fingerprintOfSecretKey(id)
    } catch {
      throw BuildError.missingSigningKey(id: id, home: original, reason: "\(error)")
    }
  }

  /// Writes the armoured detached signature of `file`.
  ///
  /// GnuPG reads the file itself, as gpgme copies it to a pipe. Of the digests it takes the first one
  /// that fits the key: processors have instructions for SHA-256.
  ///
  /// - Throws: `CommandFailure`, also for a key that is protected by a passphrase; `LinuxError`.
  func sign(_ file: FilePath, to signature: FilePath) async throws {
    let partial = FilePath("\(signature).partial")
    try await BuildDirectories.remove(partial)
    // Nobody is there to type a passphrase.
    try await Command(
      "gpg",
      [
        "--homedir", home.string, "--batch", "--no-tty", "--quiet", "--pinentry-mode", "error",
        "--no-options", "--personal-digest-preferences", "SHA256 SHA384 SHA512",
        "--local-user", fingerprint, "--armor", "--output", partial.string,
        "--detach-sign", file.string,
      ]
    ).run()
    try FileAccess.rename(partial, to: signature)
  }

  /// Writes the armoured public key.
  ///
  /// - Throws: `OpenPGPError`, `LinuxError`.
  func exportPublicKey(to file: FilePath) throws {
    let bytes = try OpenPGP(homeDirectory: home).publicKey(fingerprint)
    try FileAccess.write(String(decoding: bytes, as: UTF8.self), to: file)
  }

  /// Ends the agent and removes the copy.
  private func close() async {
    _ = try? await Command("gpgconf", ["--homedir", home.string, "--kill", "all"]).run()
    try? await BuildDirectories.remove(home)
  }
}
