import Bindings
import Configuration
import SystemPackage

/// The gpg-agent that holds the secret keys of a GnuPG home directory.
///
/// gpg itself can only sign files, and reads all of them. The agent signs digests (commands: gnupg
/// 2.2, doc/agent.texi).
struct SigningAgent {
  let home: FilePath

  /// Signs a digest.
  ///
  /// - Returns: a canonical S-expression, `(sig-val (ALGORITHM (NAME VALUE)...))`.
  /// - Throws: `Refusal`, also if the key is protected by a passphrase, because nobody can enter
  ///   it; `CommandFailure`.
  func sign(
    _ digest: [UInt8], _ algorithm: SignaturePacket.DigestAlgorithm, with subkey: SigningSubkey
  ) async throws -> [UInt8] {
    let commands = [
      "OPTION pinentry-mode=error", "SIGKEY \(subkey.keygrip)",
      "SETHASH \(algorithm.rawValue) \(hexadecimalText(digest))", "PKSIGN", "/bye",
    ]
    let lines = try await Command(
      "gpg-connect-agent", ["--homedir", home.string, "--hex"] + commands
    ).text().split(separator: "\n")
    if let refusal = lines.first(where: { $0.hasPrefix("ERR ") }) {
      // ERR NUMBER MESSAGE
      let words = refusal.split(separator: " ", maxSplits: 2)
      throw Refusal(
        fingerprint: subkey.fingerprint, code: words.count > 1 ? UInt32(words[1]) ?? 0 : 0,
        message: String(words.last ?? ""))
    }
    return Self.unescaped(lines.flatMap(Self.bytes))
  }

  /// The bytes of a line such as the following; empty for other lines.
  ///
  ///     D[0010]  73 61 28 31 3A 72 33 32  3A BA D1 B6 B9 6E A8 7D   sa(1:r32:....n.}
  private static func bytes(of line: Substring) -> [UInt8] {
    guard line.hasPrefix("D["), let bracket = line.firstIndex(of: "]") else { return [] }
    let columns = 2 + 16 * 3 + 1
    return line[bracket...].dropFirst().prefix(columns).split(separator: " ")
      .compactMap { UInt8($0, radix: 16) }
  }

  /// Removes the escapes of the Assuan protocol (`%25`, `%0A`, `%0D`), which `--hex` does not
  /// decode.
  static func unescaped(_ bytes: [UInt8]) -> [UInt8] { percentDecoded(bytes) }

  /// The answer of an agent that does not sign.
  struct Refusal: Error, CustomStringConvertible {
    let fingerprint: String
    /// A number of libgpg-error, with its source in the upper bits.
    let code: UInt32
    let message: String

    /// Whether the agent would have to ask for a passphrase (GPG_ERR_NO_PIN_ENTRY).
    var needsPassphrase: Bool { code & 0xffff == 85 }
    var description: String { "cannot sign with the key \(fingerprint): \(message)" }
  }
}
