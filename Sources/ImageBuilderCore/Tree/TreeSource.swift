import Bindings
import Configuration
import Glibc
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

  /// The option that holds the URL to pull from, as people write it.
  let urlOption: String

  /// - Throws: `ConfigurationError`; `TreeError.missingURL`, `.badURL`.
  init(_ configuration: Configuration, _ paths: BuildPaths) throws {
    let options = Options.ostree
    let usesProduction = try configuration.value(Options.build.usesProductionOSTree)
    let option = usesProduction ? options.productionURL : options.url
    urlOption = "\(option.name)"
    let url = try configuration.value(option)
    guard !url.isEmpty else {
      throw TreeError.missingURL(
        option: urlOption, product: try configuration.value(Options.build.product))
    }
    guard ["https://", "http://", "file:///"].contains(where: url.hasPrefix) else {
      throw TreeError.badURL(option: urlOption, url)
    }
    remote = Remote(name: try configuration.value(options.remote), url: url)
    ref = try configuration.value(options.ref)
    deployedRef = try configuration.value(options.deployedRef)
    let deployedURL = try configuration.value(options.deployedURL)
    self.deployedURL = deployedURL.isEmpty ? nil : deployedURL
    mayBeMadeByHooks = try remote.isLocal && !configuration.value(options.hooks.names).isEmpty
    namedKeys = try configuration.value(options.trustedKeys).map { FilePath($0) }
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
  /// - Throws: `TreeError.missingKeys`, `.missingTrustedKey`.
  func trustedKeys() throws -> [FilePath] {
    if let missing = namedKeys.first(where: { !Directories.exists($0) }) {
      throw TreeError.missingTrustedKey(missing)
    }
    if !namedKeys.isEmpty { return namedKeys }
    let keys = keyDirectories.flatMap { directory in
      Directories.names(in: directory).filter { $0.hasSuffix(".asc") }
        .map { directory.appending($0) }
    }
    guard !keys.isEmpty else { throw TreeError.missingKeys(directories: keyDirectories) }
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
    Directories.exists(contentRepository) ? try Repository(opening: contentRepository) : nil
  }

  /// The commit that the pulled ref stands for, its checksum and signature checked again.
  ///
  /// - Throws: `TreeError.missingRef`, `.untrustedCommit`.
  func verifiedCommit(in repository: Repository) throws -> Commit {
    guard let checksum = try repository.checksum(of: refspec) else {
      throw TreeError.missingRef(refspec, repository: contentRepository)
    }
    do {
      try repository.verifyCommit(checksum, for: remote.name)
      return try repository.commit(checksum)
    } catch {
      throw TreeError.untrustedCommit(
        checksum: checksum, repository: contentRepository, reason: "\(error)")
    }
  }

  /// Marks the pulled ref as used now, which decides what is pruned from the cache first.
  ///
  /// - Throws: `LinuxError`.
  func markUsed() throws {
    let file = contentRepository.appending("refs/remotes").appending(remote.name)
      .pushing(FilePath(ref))
    guard utimensat(AT_FDCWD, file.string, nil, 0) == 0 else {
      throw LinuxError("set the time of \(file)", Errno(rawValue: errno))
    }
  }
}
