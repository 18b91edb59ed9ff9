import SystemPackage
import TestSupport

@testable import Configuration
@testable import ImageBuilderCore

/// A build of the product `eos` that publishes small outputs.
struct Publisher {
  let site: Site
  let configuration: Configuration
  let paths: BuildPaths
  let version: PublishedVersion
  let buildVersion: String

  /// - Parameters:
  ///   - settings: text of config.ini, for the destination.
  ///   - cache: the name of the cache directory, which tells builds apart; nil for one of its own.
  init(
    _ site: Site, settings: String, personality: String = "en", version: String,
    cache: String? = nil
  ) throws {
    self.site = site
    buildVersion = version
    try site.fixture.write("config/personality/\(personality).ini", "")
    try site.fixture.write("config/product/eos.ini", "")
    try site.fixture.write("config/branch/eos5.1.ini", "")
    try site.fixture.write("etc/config.ini", settings)
    let sources = ConfigurationSources(
      sourceDirectory: site.fixture.directory, systemDirectory: site.fixture.path("etc"),
      cacheDirectory: site.fixture.path(cache ?? "cache-\(version)"))
    configuration = try Configuration.load(
      Variant(product: "eos", branch: "eos5.1", arch: "amd64", personality: personality),
      from: sources, settings: BuildSettings(buildVersion: version))
    paths = try BuildPaths(configuration)
    self.version = try PublishedVersion(configuration, paths)
  }

  var destination: any Destination {
    get throws { try Destinations(configuration, paths).all[0] }
  }

  /// Writes the outputs of a build: an image, its manifest, check.json and SHA256SUMS.
  ///
  /// - Parameter image: the content of the image.
  func build(image: String) throws {
    let name = paths.outputVersion
    try Shell.run(
      """
      mkdir -p '\(paths.outputDirectory)'; cd '\(paths.outputDirectory)'; rm -rf -- *
      printf '%s' '\(image)' >'\(name).img.zst'
      digest=$(sha256sum <'\(name).img.zst'); digest=${digest%% *}; size=$(stat -c %s '\(name).img.zst')
      cat >'\(name).manifest.json' <<END
      {"build_version": "\(buildVersion)",
       "files": {"\(name).img.zst": {"sha256": "$digest", "size": $size}},
       "images": {"full": {"file": "\(name).img.zst"}}, "ostree": {"commit": "c0ffee"},
       "os_release": {"id": "debian", "version": "12 <b>&"}, "product_name": "eos"}
      END
      cat >'\(name).check.json' <<END
      {"boot": {"image": "$digest", "machines": [{"firmware": "bios", "result": "passed",
        "evidence": "report", "seconds": 12.5, "acceleration": "tcg"}]},
       "verification": {"fingerprint": "AB12"}}
      END
      sha256sum '\(name).img.zst' '\(name).manifest.json' >SHA256SUMS
      echo signature >SHA256SUMS.gpg
      """)
  }

  /// Publishes the outputs.
  func put() async throws {
    let files = try PublishedFile.all(in: paths.outputDirectory)
    try await destination.put(version, files, from: paths.outputDirectory) { _ in }
  }

  /// Lists the version in the index.
  func list() async throws {
    let destination = try destination
    try await PublicIndex(destination, destination.sharedFiles!).update(version.variant)
  }
}

extension Destination {
  /// Removes a version.
  func remove(_ version: PublishedVersion) async throws {
    try await beginRemoval(of: version)
    _ = try await finishRemovals(of: [version.variant])
  }
}
