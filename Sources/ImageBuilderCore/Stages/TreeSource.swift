import Bindings
import SystemPackage

/// Where the tree comes from and whom it is trusted from, as the `ostree` section says.
struct TreeSource {
  /// What is pulled.
  let remote: Remote
  /// The ref that is pulled.
  let ref: String
  /// The ref that the booted system follows.
  let deployedRef: String
  /// Where the booted system pulls from; nil when there is no such server.
  let deployedURL: String?
  /// Whether hooks on this machine may make the tree in the course of the build.
  let mayBeMadeByHooks: Bool
  private let namedKeys: [FilePath]
  private let keyDirectories: [FilePath]
  private let contentRepository: FilePath

  /// The option that holds the URL to pull from.
  static func urlOption(_ configuration: Configuration) throws -> String {
    try configuration.isTrue("build", "use_production_ostree") ? "prod_url" : "url"
  }

  /// - Throws: `ConfigurationError`; `BuildError.missingURL`.
  init(_ configuration: Configuration, _ paths: BuildPaths) throws {
    func value(_ option: String) throws -> String { try configuration.value("ostree", option) }
    let option = try Self.urlOption(configuration)
    let url = try value(option)
    guard !url.isEmpty else {
      throw BuildError.missingURL(
        option: "ostree:\(option)", product: try configuration.value("build", "product"))
    }
    guard ["https://", "http://", "file:///"].contains(where: url.hasPrefix) else {
      throw BuildError.badURL(option: "ostree:\(option)", url)
    }
    remote = Remote(name: try value("remote"), url: url)
    ref = try value("ref")
    deployedRef = try value("ref_deploy")
    let deployedURL = try value("deploy_url")
    self.deployedURL = deployedURL.isEmpty ? nil : deployedURL
    mayBeMadeByHooks =
      try remote.isLocal && configuration.has("ostree", "hooks")
      && !configuration.words("ostree", "hooks").isEmpty
    namedKeys = try configuration.words("ostree", "trusted_keys").map { FilePath($0) }
    keyDirectories = paths.keyDirectories
    contentRepository = paths.contentRepository
  }

  /// What the content repository calls the ref.
  var refspec: String { "\(remote.name):\(ref)" }

  /// The directories of this machine that the tree and its keys come from.
  var localDirectories: [FilePath] {
    let keys = namedKeys.map { $0.removingLastComponent() }
    return keys + [localRepository].compactMap { $0 }
  }

  /// The remote's repository, when it is on this machine.
  var localRepository: FilePath? {
    remote.isLocal ? FilePath(String(remote.url.dropFirst("file://".count))) : nil
  }

  /// The key files that commits are verified with.
  ///
  /// - Throws: `BuildError.missingKeys`, `.missingTrustedKey`.
  func trustedKeys() throws -> [FilePath] {
    if let missing = namedKeys.first(where: { !BuildDirectories.exists($0) }) {
      throw BuildError.missingTrustedKey(missing)
    }
    if !namedKeys.isEmpty { return namedKeys }
    let keys = keyDirectories.flatMap { directory in
      BuildDirectories.names(in: directory).filter { $0.hasSuffix(".asc") }
        .map { directory.appending($0) }
    }
    guard !keys.isEmpty else { throw BuildError.missingKeys(directories: keyDirectories) }
    return keys
  }

  /// The checksum of the commit that the pulled ref stands for; nil when nothing was pulled.
  ///
  /// - Throws: `GLibError`.
  func heldCommit() throws -> String? {
    try openContentRepository()?.checksum(of: refspec)
  }

  /// The content repository; nil while there is none.
  ///
  /// - Throws: `GLibError`.
  func openContentRepository() throws -> Repository? {
    BuildDirectories.exists(contentRepository) ? try Repository(opening: contentRepository) : nil
  }

  /// The commit that the pulled ref stands for, its checksum and signature checked again.
  ///
  /// - Throws: `BuildError.missingRef`, `.untrustedCommit`.
  func verifiedCommit(in repository: Repository) throws -> Commit {
    guard let checksum = try repository.checksum(of: refspec) else {
      throw BuildError.missingRef(refspec, repository: contentRepository)
    }
    do {
      try repository.verifyCommit(checksum, for: remote.name)
      return try repository.commit(checksum)
    } catch {
      throw BuildError.untrustedCommit(
        checksum: checksum, repository: contentRepository, reason: "\(error)")
    }
  }
}
