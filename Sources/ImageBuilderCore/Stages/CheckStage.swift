import Configuration
import SystemPackage

/// Verifies the outputs in OUTDIR in the same way as `--verify`, boots the image, and runs the
/// check hooks.
struct CheckStage {
  private let context: StageContext
  private var paths: BuildPaths { context.paths }

  init(_ context: StageContext) {
    self.context = context
  }

  func run() async throws {
    let clock = ContinuousClock()
    let begin = clock.now
    try await Directories.remove(paths.output("check.json"))
    try await TemporaryDirectory.with(in: paths.temporaryDirectory) { scratch in
      let result = try await verify(scratch)
      let seconds = clock.now - begin
      let (boot, failure) = try await BootGate(context).run(
        result.image?.raw, secondDisk: result.secondDisk)
      try await Directories.remove(paths.rawImage)
      if failure == nil { try await GuardedOutputs.run(.check, context) }
      try writeResult(result, seconds, boot)
      if let failure { throw failure }
    }
  }

  private func verify(_ scratch: FilePath) async throws -> OutputVerification.Result {
    try await TrustedSigners.ofBuild(context, scratch) { signers in
      let result = try await OutputVerification(
        directory: paths.outputDirectory, signers: signers, scratch: scratch,
        keptImage: KeptImage(paths)
      ).run()
      guard result.findings.isEmpty else {
        throw OutputError.damaged(result.findings.map(\.description))
      }
      return result
    }
  }

  private func writeResult(
    _ result: OutputVerification.Result, _ seconds: Duration, _ boot: BootRecord
  ) throws {
    let value: JSONValue = [
      "checked": .array(result.covered.map(JSONValue.string)),
      "findings": .array([]),
      "boot": try boot.json,
      "verification": [
        "fingerprint": .optional(result.signer),
        "commit": .optional(result.commit),
        "image": .optional(result.image?.name),
        "extracted_sha256": .optional(result.image?.digest),
        "seconds": .number((seconds / .milliseconds(100)).rounded() / 10),
      ],
    ]
    try FileAccess.write(value.text(), to: paths.output("check.json"))
  }
}
