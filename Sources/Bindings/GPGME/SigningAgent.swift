import CGPGME
import SystemPackage

/// A connection to the gpg-agent that holds a GnuPG home's secret keys.
///
/// gpg itself can only sign files, and reads them. The agent signs digests (its commands:
/// gnupg 2.2, doc/agent.texi).
public final class SigningAgent {
  private let context: gpgme_ctx_t

  /// - Parameter socket: what `gpgconf --list-dirs agent-socket` says; the agent must be running.
  /// - Throws: `OpenPGPError`.
  public init(socket: FilePath) throws(OpenPGPError) {
    let operation = "talk to gpg-agent at \(socket)"
    context = try OpenPGP.newContext(operation)
    try OpenPGP.check(gpgme_set_protocol(context, GPGME_PROTOCOL_ASSUAN), operation)
    try OpenPGP.check(
      gpgme_ctx_set_engine_info(context, GPGME_PROTOCOL_ASSUAN, socket.string, nil), operation)
  }

  deinit {
    gpgme_release(context)
  }

  /// Signs a digest.
  ///
  /// - Parameter digestAlgorithm: its number in OpenPGP (RFC 4880, section 9.4).
  /// - Returns: a canonical S-expression, `(sig-val (ALGORITHM (NAME VALUE)...))`.
  /// - Throws: `OpenPGPError`, also for a key that is protected by a passphrase: nobody is there to
  ///   type it.
  public func sign(
    _ digest: [UInt8], digestAlgorithm: UInt8, with subkey: SigningSubkey
  ) throws(OpenPGPError) -> [UInt8] {
    let digits = digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    let commands = [
      "RESET", "OPTION pinentry-mode=error", "SIGKEY \(subkey.keygrip)",
      "SETHASH \(digestAlgorithm) \(digits)", "PKSIGN",
    ]
    var answer: [UInt8] = []
    for command in commands {
      answer = try ask(command, "sign with the key \(subkey.fingerprint)")
    }
    return answer
  }

  private func ask(_ command: String, _ operation: String) throws(OpenPGPError) -> [UInt8] {
    let answer = Answer()
    var refusal: gpgme_error_t = 0
    let failure = gpgme_op_assuan_transact_ext(
      context, command,
      { answer, data, size in
        guard let answer, let data else { return 0 }
        Unmanaged<Answer>.fromOpaque(answer).takeUnretainedValue().bytes +=
          UnsafeRawBufferPointer(start: data, count: size)
        return 0
      }, Unmanaged.passUnretained(answer).toOpaque(), nil, nil, nil, nil, &refusal)
    try OpenPGP.check(failure, operation)
    try OpenPGP.check(refusal, operation)
    return withExtendedLifetime(answer) { answer.bytes }
  }

  private final class Answer {
    var bytes: [UInt8] = []
  }
}
