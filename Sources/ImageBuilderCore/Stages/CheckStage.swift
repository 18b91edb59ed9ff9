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
    var findings = try checkManifest()
    findings += try checkChecksumList()
    findings += try await checkSignatures()
    guard findings.isEmpty else { throw BuildError.outputDamaged(findings) }
    try await HookRunner(context).run(.check)
    let result: JSONValue = [
      "checked": .array(
        OutputListing(paths.outputDirectory).covered.map(JSONValue.string)),
      "findings": .array([]),
    ]
    try FileAccess.write(result.text(), to: paths.output("check.json"))
  }

  private func checkManifest() throws -> [String] {
    let manifest = paths.output("manifest.json")
    guard case .object(let object) = try JSONValue(parsing: FileAccess.text(of: manifest)),
      case .object(let files)? = object["files"]
    else { return ["\(manifest) lists no files"] }
    let names = Set(
      OutputListing(paths.outputDirectory)
        .artefacts(excluding: manifest.lastComponent!.string))
    var findings = names.subtracting(files.keys).map { "\($0) is not in the manifest" }
    for (name, facts) in files {
      guard names.contains(name) else {
        findings.append("\(name) is in the manifest, but missing")
        continue
      }
      let artifact = try Artifact(paths.outputDirectory.appending(name))
      let found: JSONValue = [
        "size": .count(artifact.sizeInBytes), "sha256": .string(artifact.digest),
      ]
      if facts != found { findings.append("\(name) is not what the manifest says") }
    }
    return findings.sorted()
  }

  private func checkChecksumList() throws -> [String] {
    let list = try FileAccess.text(
      of: paths.outputDirectory.appending(OutputListing.checksumList))
    var listed: [String: String] = [:]
    for line in list.split(separator: "\n") {
      let fields = line.split(separator: " ", maxSplits: 1)
      guard fields.count == 2 else { return ["SHA256SUMS has a malformed line: \(line)"] }
      listed[String(fields[1].dropFirst())] = String(fields[0])
    }
    let covered = OutputListing(paths.outputDirectory).covered
    var findings = Set(listed.keys).subtracting(covered).sorted()
      .map { "\($0) is in SHA256SUMS, but missing" }
    for name in covered {
      let path = paths.outputDirectory.appending(name)
      let digest = try Artifact(path).digest
      if listed[name] != digest { findings.append("\(name) is not what SHA256SUMS says") }
      let checksum = FilePath("\(path).sha256")
      if BuildDirectories.exists(checksum), try FileAccess.text(of: checksum) != "\(digest)\n" {
        findings.append("\(name) is not what \(name).sha256 says")
      }
    }
    return findings
  }

  /// Every artefact's detached signature, and that of SHA256SUMS, must be of the signing key.
  private func checkSignatures() async throws -> [String] {
    guard let key = try await SigningKey.configured(context.configuration, paths) else {
      return []
    }
    var findings: [String] = []
    let listing = OutputListing(paths.outputDirectory)
    var signed = listing.names.filter { $0.hasSuffix(".asc") }
      .map { (String($0.dropLast(4)), $0) }
      .filter { listing.names.contains($0.0) }
    signed.append((OutputListing.checksumList, OutputListing.checksumListSignature))
    for (name, signature) in signed {
      do {
        try key.verify(
          paths.outputDirectory.appending(name), paths.outputDirectory.appending(signature))
      } catch {
        findings.append("\(name): \(error)")
      }
    }
    await key.close()
    return findings
  }
}
