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
    let parent = currentEnvironment()["TMPDIR"]
    return try TerminationSignals.run {
      let temporary = Directories.absolute(
        parent.flatMap { $0.isEmpty ? nil : $0 } ?? "/var/tmp")
      return try await withScratch(in: temporary) { scratch in
        try await TrustedSigners.with(keys) { signers in
          let result = try await OutputVerification(
            directory: directory, signers: signers, scratch: scratch
          ).run()
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
