import Bindings
import Configuration
import Glibc
import SystemPackage

/// The source of the tree and the keys that are trusted for it, as set in the `ostree` section.
struct TreeSource {
  /// The remote from which the build pulls.
  let remote: Remote
  /// The ref that is pulled.
  let ref: String
  /// The ref that the booted system follows.
  let deployedRef: String
  /// The URL of the booted system's remote; nil if it gets no remote.
  let deployedURL: String?
  /// Whether installed systems may get updates from other computers and from drives.
  let isPeerToPeerEnabled: Bool
  /// How the remote is reached.
  let access: RemoteAccess
  /// Whether a hook can make the tree on this machine during the build.
  let mayBeMadeByHooks: Bool
  private let namedKeys: [FilePath]
  private let paths: BuildPaths
  private var contentRepository: FilePath { paths.contentRepository }

  /// The only commit that the build accepts (`--commit`); nil for the newest one.
  let pinnedCommit = BuildVariable.pinnedCommit.value.flatMap { $0.isEmpty ? nil : $0 }

  /// The name of the option with the URL to pull from, as `SECTION:OPTION`.
  let urlOption: String

  /// - Throws: `ConfigurationError`; `TreeError.missingURL`.
  init(_ configuration: Configuration, _ paths: BuildPaths) throws {
    let options = Options.ostree
    let pulled = try PulledURL(configuration)
    urlOption = "\(pulled.option)"
    let url = pulled.text
    guard !url.isEmpty else {
      throw TreeError.missingURL(
        option: pulled.option, product: try configuration.value(Options.build.product))
    }
    access = try RemoteAccess(to: url, configuration, paths)
    var remote = Remote(name: try configuration.value(options.remote), url: url)
    remote.tlsFiles = access.credentials
    self.remote = remote
    ref = try configuration.value(options.ref)
    deployedRef = try configuration.value(options.deployedRef)
    let deployedURL = try configuration.value(options.deployedURL)
    self.deployedURL = deployedURL.isEmpty ? nil : deployedURL
    isPeerToPeerEnabled = try configuration.value(options.isPeerToPeerEnabled)
    mayBeMadeByHooks = try remote.isLocal && !configuration.value(options.hooks.names).isEmpty
    namedKeys = try configuration.value(options.trustedKeys).map { FilePath($0) }
    self.paths = paths
  }

  /// The refspec in the content repository.
  var refspec: String { "\(remote.name):\(ref)" }

  /// The ref of the signed metadata of a collection.
  static let metadataRef = "ostree-metadata"
  /// The refspec of the metadata in the content repository.
  var metadataRefspec: String { "\(remote.name):\(Self.metadataRef)" }

  /// The directories on this machine that contain the files in `ostree:trusted_keys`, and the
  /// remote repository if it is local.
  var localDirectories: [FilePath] {
    let keys = namedKeys.map { $0.removingLastComponent() }
    return keys + [localRepository].compactMap { $0 }
  }

  /// The URL of a file of the remote repository. libcurl takes no blanks, libostree does.
  func url(of file: String) -> String {
    "\(remote.url)/\(file)".replacing(" ", with: "%20")
  }

  /// The path of the remote repository if it is on this machine.
  var localRepository: FilePath? {
    RepositoryURLSyntax.path(of: remote.url).map { FilePath($0) }
  }

  /// The key files with which commits are verified.
  ///
  /// - Throws: `TreeError.missingKeys`, `.missingTrustedKey`.
  func trustedKeys() throws -> [FilePath] {
    if let missing = namedKeys.first(where: { !Directories.exists($0) }) {
      throw TreeError.missingTrustedKey(missing)
    }
    if !namedKeys.isEmpty { return namedKeys }
    guard !paths.keyFiles.isEmpty else {
      throw TreeError.missingKeys(directories: paths.keyDirectories)
    }
    return paths.keyFiles
  }

  /// The commit of the ref in the content repository; nil if nothing has been pulled.
  ///
  /// - Throws: `GLibError`.
  func pulledCommit() throws -> String? {
    try openContentRepository().flatMap { try checksum(in: $0) }
  }

  /// The pinned commit, which another build may have replaced by a newer one since it was pulled, or
  /// that of the ref.
  private func checksum(in repository: Repository) throws -> String? {
    if let pinnedCommit, (try? repository.commit(pinnedCommit)) != nil { return pinnedCommit }
    return try repository.checksum(of: refspec)
  }

  /// The content repository; nil if it does not exist.
  ///
  /// - Throws: `GLibError`.
  func openContentRepository() throws -> Repository? {
    Directories.exists(contentRepository) ? try Repository(opening: contentRepository) : nil
  }

  /// The commit of the pulled ref. Its checksum and signature are verified again.
  ///
  /// - Throws: `TreeError.missingRef`, `.untrustedCommit`; `GLibError`.
  func verifiedCommit(in repository: Repository) throws -> Commit {
    guard let checksum = try checksum(in: repository) else {
      throw TreeError.missingRef(refspec, repository: contentRepository)
    }
    if let pinnedCommit, checksum != pinnedCommit {
      throw TreeError.otherCommit(
        ref: refspec, found: checksum, wanted: pinnedCommit, contentRepository)
    }
    return try verified(checksum, in: repository)
  }

  /// The commit of the pulled metadata of a collection, verified in the same way.
  ///
  /// - Returns: nil if the content repository has none.
  /// - Throws: `TreeError.untrustedCommit`; `GLibError`.
  func verifiedMetadata(in repository: Repository, ofCollection id: String) throws -> Commit? {
    guard let checksum = try repository.checksum(of: metadataRefspec) else { return nil }
    let metadata = try verified(checksum, in: repository)
    return metadata.collectionID == id ? metadata : nil
  }

  private func verified(_ checksum: String, in repository: Repository) throws -> Commit {
    do {
      try repository.verifyCommit(checksum, for: remote.name)
      return try repository.commit(checksum)
    } catch {
      throw TreeError.untrustedCommit(
        checksum: checksum, repository: contentRepository, reason: "\(error)")
    }
  }

  /// Records that the pulled ref has been used now. Pruning removes the least recently used refs
  /// first.
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
