import Bindings
import SystemPackage

/// Writes manifest.json, config.ini and ostree.txt beside the images, and SHA256SUMS over all.
struct ManifestStage {
  private let context: StageContext
  private var configuration: Configuration { context.configuration }
  private var paths: BuildPaths { context.paths }

  init(_ context: StageContext) {
    self.context = context
  }

  func run() async throws {
    try BuildDirectories.create(paths.outputDirectory)
    try ManifestFragments.write(try await buildFacts(), named: "basic-info", paths)
    try await HookRunner(context).run(.manifest)
    try FileAccess.write(
      try Configuration.published(from: paths.publicConfiguration), to: paths.output("config.ini"))
    if BuildDirectories.exists(paths.treeInformation) {
      try FileAccess.copy(paths.treeInformation, to: paths.output("ostree.txt"))
    }
    let manifest = paths.output("manifest.json")
    let artifacts = try writeManifest(to: manifest)
    try writeChecksumList(
      of: artifacts + [(manifest.lastComponent!.string, try Artifact(manifest))])
    try await signChecksumList()
  }

  private func buildFacts() async throws -> JSONValue {
    var facts: [String: JSONValue] = [:]
    for option in ["product", "branch", "arch", "platform", "personality", "build_version"] {
      facts[option] = .string(try configuration.value("build", option))
    }
    facts["product_name"] = .string(try configuration.value("image", "product_name"))
    facts["builder_commit"] = .optional(await builderCommit())
    return .object(facts)
  }

  /// The commit of the checkout; none for an installed builder.
  private func builderCommit() async -> String? {
    let source = paths.sourceDirectory.string
    let git = Command(
      "git", ["-c", "safe.directory=*", "-C", source, "rev-parse", "--verify", "--quiet", "HEAD"])
    return try? await git.text()
  }

  /// - Returns: the artefacts that the manifest lists.
  private func writeManifest(to manifest: FilePath) throws -> [(name: String, Artifact)] {
    // What is no file has no content to list, and lists have a line for each name.
    let findings = try OutputTree(paths.outputDirectory).findings
    guard findings.isEmpty else {
      throw BuildError.outputDamaged(findings.map(\.description))
    }
    let artifacts = try OutputListing(paths.outputDirectory)
      .artefacts(excluding: manifest.lastComponent!.string)
      .map { ($0, try Artifact(paths.outputDirectory.appending($0))) }
    var object = try ManifestFragments(in: paths.manifestDirectory).merged
    object["files"] = .object(
      Dictionary(uniqueKeysWithValues: artifacts.map { ($0.0, $0.1.facts) }))
    try FileAccess.write(JSONValue.object(object).text(), to: manifest)
    return artifacts
  }

  private func writeChecksumList(of artifacts: [(name: String, Artifact)]) throws {
    let lines = artifacts.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
      .map { "\($0.1.digest)  \($0.name)\n" }
    try FileAccess.write(
      lines.joined(), to: paths.outputDirectory.appending(OutputListing.checksumList))
  }

  private func signChecksumList() async throws {
    try await SigningKey.with(configuration, paths) { key in
      try await key?.sign(
        Artifact(paths.outputDirectory.appending(OutputListing.checksumList)),
        to: paths.outputDirectory.appending(OutputListing.checksumListSignature))
    }
  }
}
