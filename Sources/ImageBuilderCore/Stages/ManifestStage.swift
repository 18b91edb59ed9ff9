import Configuration
import SystemPackage

/// Writes manifest.json, inputs.json, config.ini and ostree.txt beside the images, and SHA256SUMS.
struct ManifestStage {
  private let context: StageContext
  private var configuration: Configuration { context.configuration }
  private var paths: BuildPaths { context.paths }

  init(_ context: StageContext) {
    self.context = context
  }

  func run() async throws {
    try Directories.create(paths.outputDirectory)
    try ManifestFragments.write(try await buildFacts().json, named: "basic-info", paths)
    try await HookRunner(context).run(.manifest)
    try FileAccess.write(
      try Configuration.published(from: paths.publicConfiguration), to: paths.output("config.ini"))
    if Directories.exists(paths.treeInformation) {
      try FileAccess.copy(paths.treeInformation, to: paths.output("ostree.txt"))
    }
    let manifest = paths.output(OutputManifest.fileExtension)
    let artifacts = try writeManifest(to: manifest)
    let listed = artifacts + [(manifest.lastComponent!.string, try Artifact(manifest))]
    try await ChecksumList(
      Dictionary(uniqueKeysWithValues: listed.map { (ExactName($0.name), $0.1.digest) })
    ).write(configuration, paths)
  }

  private func buildFacts() async throws -> OutputManifest.Build {
    let options = Options.build
    return OutputManifest.Build(
      product: try configuration.value(options.product),
      branch: try configuration.value(options.branch),
      arch: try configuration.value(options.arch).rawValue,
      platform: try configuration.value(options.platform),
      personality: try configuration.value(options.personality),
      buildVersion: try configuration.value(options.version),
      productName: try configuration.value(Options.image.productName),
      builderCommit: try await builderCommit())
  }

  /// The commit of the checkout; nil for an installed builder.
  private func builderCommit() async throws -> String? {
    let source = paths.sourceDirectory.string
    guard SearchPath.find("git") != nil else { return nil }
    let git = Command(
      "git", ["-c", "safe.directory=*", "-C", source, "rev-parse", "--verify", "--quiet", "HEAD"])
    do {
      return try await git.text()
    } catch let failure as CommandFailure {
      // An installed builder is not in a repository. git reports this with one of these statuses.
      guard case .exited(1...128) = failure.reason else { throw failure }
      return nil
    }
  }

  /// - Returns: the artifacts that the manifest lists.
  private func writeManifest(to manifest: FilePath) throws -> [(name: String, Artifact)] {
    var object = try ManifestFragments(in: paths.manifestDirectory).merged
    let inputs = try BuildInputs(
      configuration, paths, commit: object["ostree"]?["commit"]?.string,
      probes: InputProbes.recorded(paths).digests)
    try FileAccess.write(inputs.text, to: paths.output(OutputManifest.inputsExtension))
    // Only regular files can be listed, with names that fit on a line.
    let findings = try OutputTree(paths.outputDirectory).findings
    guard findings.isEmpty else {
      throw OutputError.damaged(findings.map(\.description))
    }
    let artifacts = try OutputListing(paths)
      .artifacts(excluding: manifest.lastComponent!.string)
      .map { ($0, try Artifact(paths.outputDirectory.appending($0))) }
    let files = try artifacts.map { name, artifact in
      let file = OutputManifest.File(sizeInBytes: artifact.sizeInBytes, digest: artifact.digest)
      return (name, try JSONValue(encoding: file))
    }
    object["inputs"] = .string(try inputs.digest)
    object["files"] = .object(Dictionary(uniqueKeysWithValues: files))
    try FileAccess.write(JSONValue.object(object).text(), to: manifest)
    return artifacts
  }
}
