import Configuration
import Glibc
import SystemPackage

/// The result of `--verify` for an output directory.
package struct Verification: Sendable {
  /// The problems, each with the name of a file; empty if there are none.
  package let findings: [OutputFinding]
  /// One line that describes a directory without findings.
  package let summary: String

  /// Verifies a directory that is not trusted. The directory is only read. A disk image is unpacked
  /// in TMPDIR, or in /var/tmp if TMPDIR is not set.
  ///
  /// - Parameter keys: files with the public keys that may have signed the directory.
  /// - Throws: `NoOutputDirectory`, `UnusableKey`, `VerificationError` if it cannot be verified;
  ///   `MissingTool`; `LinuxError`; `Interruption` after a signal.
  package static func run(_ directory: FilePath, keys: [FilePath]) throws -> Verification {
    try run(keys) { scratch in
      OutputVerification(directory: directory, signers: nil, scratch: scratch)
    }
  }

  /// Verifies a published version that is read through its URL, in the same way. Only its lists and
  /// signatures are stored. Progress is shown on standard error.
  ///
  /// - Parameter logins: the path of a netrc file, which need not exist.
  /// - Throws: `NetrcError`; as for a directory.
  package static func run(
    url: String, logins: FilePath, keys: [FilePath]
  ) throws -> Verification {
    let display = TransferDisplay()
    defer { display.end() }
    let policy = try RetryPolicy.configured { display.show(line: "\($0)") }
    let progress = TransferProgress { display.show(received: $0, of: $1) }
    // Somebody waits for the answer, so a server that is not there is told soon.
    let outputs = try RemoteOutputs(
      url, logins: logins, policy, lists: policy.brief, progress)
    return try run(keys) { scratch in
      let directory = scratch.appending("lists")
      try Directories.create(directory, mode: 0o700)
      var verification = OutputVerification(directory: directory, signers: nil, scratch: scratch)
      verification.remote = outputs
      return verification
    }
  }

  private static func run(
    _ keys: [FilePath], _ make: @escaping @Sendable (FilePath) throws -> OutputVerification
  ) throws -> Verification {
    let parent = currentEnvironment()["TMPDIR"]
    return try TerminationSignals.run {
      let temporary = Directories.absolute(
        parent.flatMap { $0.isEmpty ? nil : $0 } ?? "/var/tmp")
      return try await withScratch(in: temporary) { scratch in
        try await TrustedSigners.with(keys) { signers in
          var verification = try make(scratch)
          verification.signers = signers
          let result = try await verification.run()
          return Verification(findings: result.findings, summary: Self.summary(result))
        }
      }
    }
  }

  private static func withScratch<Result>(
    in directory: FilePath, _ body: (FilePath) async throws -> Result
  ) async throws -> Result {
    do {
      return try await TemporaryDirectory.with(in: directory, body)
    } catch let error as NoTemporaryDirectory where error.parent == directory {
      throw VerificationError.noTemporaryDirectory(error)
    }
  }

  private static func summary(_ result: OutputVerification.Result) -> String {
    let image = result.image.map { "\($0.name) boots commit \(result.commit ?? "")" }
    let signature = result.signer.map { "signed by \($0)" }
    return visible(
      "\(result.covered.count) files verified; \(image ?? "no disk image"); "
        + (signature ?? "not signed"))
  }
}
