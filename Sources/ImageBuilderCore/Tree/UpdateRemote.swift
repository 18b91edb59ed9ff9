import Bindings
import Configuration
import SystemPackage

/// The remote from which an installed system pulls updates.
struct UpdateRemote {
  private static let keyDirectory = "usr/share/ostree/trusted.gpg.d"

  private let source: TreeSource
  private let commit: Commit
  private let remote: Remote
  private let say: @Sendable (String) -> Void

  /// - Parameters:
  ///   - url: the URL of the server, as the installed system reaches it.
  ///   - commit: the deployed commit.
  init(
    _ source: TreeSource, _ url: String, _ commit: Commit,
    say: @escaping @Sendable (String) -> Void
  ) {
    self.source = source
    self.commit = commit
    self.say = say
    var remote = Remote(name: source.remote.name, url: url, refs: [source.deployedRef])
    if source.isPeerToPeerEnabled {
      remote.collectionID = commit.collectionID
      // Repositories with collection IDs sign metadata in each commit instead of the summary.
      if commit.collectionID != nil { remote.verifiesSummary = false }
    }
    self.remote = remote
  }

  /// Adds the remote, its keys and the metadata of its collection to the repository of the image.
  ///
  /// - Throws: `TreeError.untrustedCommit`, `.missingKeys`, `.missingTrustedKey`; `GLibError`.
  func add(to repository: Repository, from content: Repository, of root: DeploymentRoot) throws {
    if let reason = reasonForOwnKeys(root, repository) {
      say(
        "installed systems verify updates with the keys that verified this pull, and updates "
          + "cannot replace these keys: \(reason)")
      try repository.replaceRemote(remote, trusting: source.trustedKeys())
    } else {
      try repository.replaceRemote(remote, trusting: [])
    }
    try addMetadata(to: repository, from: content)
  }

  /// The reason why the remote needs keys of its own. Nil if the keys in the tree verify the commit.
  /// A remote with keys of its own would ignore them, and so would ignore new keys in updates.
  private func reasonForOwnKeys(_ root: DeploymentRoot, _ repository: Repository) -> String? {
    // Packages of libostree bring the directory without keys.
    guard let directory = try? root.resolve(Self.keyDirectory),
      Directories.names(in: directory).contains(where: { $0.hasSuffix(".gpg") })
    else { return "the tree has no keyrings (*.gpg) in /\(Self.keyDirectory)" }
    do {
      try repository.verifyCommit(commit.checksum, withKeysIn: directory)
      return nil
    } catch {
      // The first lines say when and by whom the signature was made.
      let reason = error.message.split(whereSeparator: \.isNewline).last ?? ""
      return "the binary keyrings (*.gpg) in the tree's /\(Self.keyDirectory) do not verify the "
        + "commit: \(reason.drop { $0 == " " })"
    }
  }

  private func addMetadata(to repository: Repository, from content: Repository) throws {
    guard source.isPeerToPeerEnabled else { return }
    guard let collectionID = remote.collectionID else {
      return say(
        "ostree:enable_p2p_updates has no effect, because the commit has no collection ID")
    }
    guard let metadata = try source.verifiedMetadata(in: content, ofCollection: collectionID) else {
      return
    }
    try repository.pullLocally(
      metadata.checksum, from: content.path, cancellation: Cancellation())
    try repository.setRef(TreeSource.metadataRef, of: remote.name, to: metadata.checksum)
  }
}
