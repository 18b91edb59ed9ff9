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
    try FileAccess.copy(paths.publicConfiguration, to: paths.output("config.ini"))
    if BuildDirectories.exists(paths.treeInformation) {
      try FileAccess.copy(paths.treeInformation, to: paths.output("ostree.txt"))
    }
    try writeManifest()
    try writeChecksumList()
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

  private func writeManifest() throws {
    let manifest = paths.output("manifest.json")
    var object = try ManifestFragments(in: paths.manifestDirectory).merged
    var files: [String: JSONValue] = [:]
    for name in OutputListing(paths.outputDirectory)
      .artefacts(excluding: manifest.lastComponent!.string)
    {
      let artifact = try Artifact(paths.outputDirectory.appending(name))
      files[name] = [
        "size": .count(artifact.sizeInBytes), "sha256": .string(artifact.digest),
      ]
    }
    object["files"] = .object(files)
    try FileAccess.write(JSONValue.object(object).text(), to: manifest)
  }

  private func writeChecksumList() throws {
    let lines = try OutputListing(paths.outputDirectory).covered.map { name in
      "\(try Artifact(paths.outputDirectory.appending(name)).digest)  \(name)\n"
    }
    try FileAccess.write(
      lines.joined(), to: paths.outputDirectory.appending(OutputListing.checksumList))
  }

  private func signChecksumList() async throws {
    try await SigningKey.with(configuration, paths) { key in
      try key?.sign(
        paths.outputDirectory.appending(OutputListing.checksumList),
        to: paths.outputDirectory.appending(OutputListing.checksumListSignature))
    }
  }
}
