import Bindings
import SystemPackage

/// Reads back what the earlier stages wrote and compares it with what they said of it.
struct CheckStage {
  private let context: StageContext
  private var paths: BuildPaths { context.paths }

  init(_ context: StageContext) {
    self.context = context
  }

  func run() async throws {
    try await BuildDirectories.remove(paths.output("check.json"))
    let artifacts = try OutputListing(paths.outputDirectory).covered.map {
      ($0, try Artifact(paths.outputDirectory.appending($0)))
    }
    let covered = Dictionary(uniqueKeysWithValues: artifacts)
    var findings = try checkManifest(covered)
    findings += try checkChecksumList(covered)
    findings += try await checkSignatures()
    guard findings.isEmpty else { throw BuildError.outputDamaged(findings) }
    let (boot, failure) = try await BootGate(context).run()
    if failure == nil { try await HookRunner(context).run(.check) }
    let result: JSONValue = [
      "checked": .array(
        OutputListing(paths.outputDirectory).covered.map(JSONValue.string)),
      "findings": .array([]),
      "boot": try boot.json,
    ]
    try FileAccess.write(result.text(), to: paths.output("check.json"))
    if let failure { throw failure }
  }

  private func checkManifest(_ covered: [String: Artifact]) throws -> [String] {
    let manifest = paths.output("manifest.json")
    guard case .object(let object) = try JSONValue(parsing: FileAccess.text(of: manifest)),
      case .object(let files)? = object["files"]
    else { return ["\(manifest) lists no files"] }
    let names = Set(covered.keys).subtracting([manifest.lastComponent!.string])
    var findings = names.subtracting(files.keys).map { "\($0) is not in the manifest" }
    for (name, facts) in files {
      guard names.contains(name), let artifact = covered[name] else {
        findings.append("\(name) is in the manifest, but missing")
        continue
      }
      if facts != artifact.facts { findings.append("\(name) is not what the manifest says") }
    }
    return findings.sorted()
  }

  private func checkChecksumList(_ covered: [String: Artifact]) throws -> [String] {
    let list = try FileAccess.text(
      of: paths.outputDirectory.appending(OutputListing.checksumList))
    var listed: [String: String] = [:]
    for line in list.split(separator: "\n") {
      let fields = line.split(separator: " ", maxSplits: 1)
      guard fields.count == 2 else { return ["SHA256SUMS has a malformed line: \(line)"] }
      listed[String(fields[1].dropFirst())] = String(fields[0])
    }
    var findings = Set(listed.keys).subtracting(covered.keys).sorted()
      .map { "\($0) is in SHA256SUMS, but missing" }
    for (name, artifact) in covered.sorted(by: { $0.key < $1.key }) {
      if listed[name] != artifact.digest {
        findings.append("\(name) is not what SHA256SUMS says")
      }
      let checksum = FilePath("\(artifact.path).sha256")
      if BuildDirectories.exists(checksum),
        try FileAccess.text(of: checksum) != "\(artifact.digest)\n"
      {
        findings.append("\(name) is not what \(name).sha256 says")
      }
    }
    return findings
  }

  /// Every artefact's detached signature, and that of SHA256SUMS, must be of the signing key.
  private func checkSignatures() async throws -> [String] {
    try await SigningKey.with(context.configuration, paths) { key in
      guard let key else { return [] }
      let listing = OutputListing(paths.outputDirectory)
      // The raw image that .img.asc signs is gone by now.
      let signatures = listing.names.filter { $0.hasSuffix(".asc") }
        .map { (file: String($0.dropLast(4)), signature: $0) }
        .filter { listing.names.contains($0.file) }
      let list = (OutputListing.checksumList, OutputListing.checksumListSignature)
      let images = listing.covered.filter { $0.contains(".img.") }.map { ($0, "\($0).asc") }
      return Set((signatures + [list] + images).map { SignedFile(name: $0, signature: $1) })
        .sorted { $0.name < $1.name }
        .compactMap { finding($0, key) }
    }
  }

  private func finding(_ signed: SignedFile, _ key: SigningKey) -> String? {
    do {
      try key.verify(
        paths.outputDirectory.appending(signed.name),
        paths.outputDirectory.appending(signed.signature))
      return nil
    } catch {
      return "\(signed.name): \(error)"
    }
  }

  private struct SignedFile: Hashable {
    let name: String
    let signature: String
  }
}
