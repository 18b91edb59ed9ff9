import CGLib
import COSTree
import Glibc
import SystemPackage

/// An OSTree repository.
///
/// Like libostree's object, it must not be used by two threads at the same time.
public final class Repository {
  let object: GObjectReference
  /// The path of the repository.
  public let path: FilePath

  var pointer: OpaquePointer { object.pointer }

  init(object: GObjectReference, path: FilePath) {
    self.object = object
    self.path = path
  }

  /// Opens an existing repository.
  ///
  /// - Throws: `GLibError` if there is no repository at `path` or its configuration cannot be read.
  public convenience init(opening path: FilePath) throws(GLibError) {
    let pointer = try checkedPointer("open the OSTree repository \(path)") { error in
      ostree_repo_open_at(AT_FDCWD, path.string, nil, &error)
    }
    self.init(object: GObjectReference(taking: pointer), path: path)
  }

  /// Opens the repository at `path`, or creates an empty repository in mode `bare`.
  ///
  /// libostree does not wait until a new configuration file is on the disk. After a power failure,
  /// the file can be empty or contain only zero bytes. Such a file is written again.
  ///
  /// - Throws: `GLibError`.
  public convenience init(openingOrCreatingBareAt path: FilePath) throws(GLibError) {
    try Self.restoreConfiguration(path.appending("config"))
    let pointer = try checkedPointer("create the OSTree repository \(path)") { error in
      ostree_repo_create_at(AT_FDCWD, path.string, OSTREE_REPO_MODE_BARE, nil, nil, &error)
    }
    self.init(object: GObjectReference(taking: pointer), path: path)
  }

  private static func restoreConfiguration(_ file: FilePath) throws(GLibError) {
    guard let written = try? FileDescriptor.open(file, .readOnly, options: .closeOnExec) else {
      return
    }
    defer { try? written.close() }
    var beginning: UInt8 = 0
    guard read(written.rawValue, &beginning, 1) >= 0, beginning == 0 else { return }
    try checked("write \(file)") { error in
      g_file_set_contents(file.string, "[core]\nrepo_version=1\nmode=bare\n", -1, &error)
    }
  }

  /// Resolves `refspec` (`REF` or `REMOTE:REF`) to a checksum.
  ///
  /// - Returns: nil if there is no such ref.
  /// - Throws: `GLibError` if the refspec is malformed or the repository cannot be read.
  public func checksum(of refspec: String) throws(GLibError) -> String? {
    var checksum: UnsafeMutablePointer<CChar>?
    try checked("resolve \(refspec) in \(path)") { error in
      ostree_repo_resolve_rev(pointer, refspec, 1, &checksum, &error)
    }
    return takeString(checksum)
  }

  /// Sets `ref` of `remote` (or a local ref) to a commit. The commit need not exist.
  ///
  /// - Throws: `GLibError`.
  public func setRef(_ ref: String, of remote: String?, to checksum: String) throws(GLibError) {
    try checked("write the ref \(ref) in \(path)") { error in
      ostree_repo_set_ref_immediate(pointer, remote, ref, checksum, nil, &error)
    }
  }

  /// Removes `ref` of `remote` (or a local ref). Its commit remains until the repository is pruned.
  ///
  /// - Throws: `GLibError`.
  public func removeRef(_ ref: String, of remote: String?) throws(GLibError) {
    try checked("remove the ref \(ref) from \(path)") { error in
      ostree_repo_set_ref_immediate(pointer, remote, ref, nil, nil, &error)
    }
  }

  /// Reads the metadata of a commit.
  ///
  /// - Throws: `GLibError` if the commit is not in the repository.
  public func commit(_ checksum: String) throws(GLibError) -> Commit {
    var variant: OpaquePointer?
    try checked("load commit \(checksum) from \(path)") { error in
      ostree_repo_load_commit(pointer, checksum, &variant, nil, &error)
    }
    let commit = VariantReference(taking: variant!)
    let metadata = commit.child(0)
    return Commit(
      checksum: checksum,
      timestamp: UInt64(ostree_commit_get_timestamp(commit.pointer)),
      subject: commit.child(3).string ?? "",
      version: metadata.lookup("version")?.string,
      collectionID: metadata.lookup("ostree.collection-binding")?.string,
      boundRefs: metadata.lookup("ostree.ref-binding")?.strings)
  }

  /// Sets a key in the configuration file of the repository.
  ///
  /// - Throws: `GLibError`.
  public func setConfiguration(
    _ group: String, _ key: String, to value: String
  ) throws(GLibError) {
    let file = ostree_repo_copy_config(pointer)
    defer { g_key_file_unref(file) }
    g_key_file_set_string(file, group, key, value)
    try checked("write the configuration of \(path)") { error in
      ostree_repo_write_config(pointer, file, &error)
    }
  }

  /// Removes a group from the configuration file of the repository, if it is there.
  ///
  /// - Throws: `GLibError`.
  public func removeConfiguration(_ group: String) throws(GLibError) {
    let file = ostree_repo_copy_config(pointer)
    defer { g_key_file_unref(file) }
    guard g_key_file_remove_group(file, group, nil) != 0 else { return }
    try checked("write the configuration of \(path)") { error in
      ostree_repo_write_config(pointer, file, &error)
    }
  }

  /// Removes objects that are not reachable from any ref. Commits are removed first, so that an
  /// interrupted call leaves no commit without its objects.
  ///
  /// - Returns: the number of bytes that were freed.
  /// - Throws: `GLibError`.
  public func prune() throws(GLibError) -> UInt64 {
    let commits = try prune(
      OstreeRepoPruneFlags(
        OSTREE_REPO_PRUNE_FLAGS_REFS_ONLY.rawValue | OSTREE_REPO_PRUNE_FLAGS_COMMIT_ONLY.rawValue))
    return try commits + prune(OSTREE_REPO_PRUNE_FLAGS_REFS_ONLY)
  }

  private func prune(_ flags: OstreeRepoPruneFlags) throws(GLibError) -> UInt64 {
    var total: gint = 0
    var pruned: gint = 0
    var freedSizeInBytes: guint64 = 0
    try checked("prune \(path)") { error in
      ostree_repo_prune(
        pointer, flags, 0, &total, &pruned, &freedSizeInBytes, nil, &error)
    }
    return UInt64(freedSizeInBytes)
  }

  /// Verifies the checksum of a commit and that it has a signature by a key that is trusted for
  /// `remote`.
  ///
  /// A pull without new commits verifies neither. Call this before each use of a commit that was
  /// pulled earlier.
  ///
  /// - Throws: `GLibError` with the reason that libostree gives.
  public func verifyCommit(_ checksum: String, for remote: String) throws(GLibError) {
    try checked("verify the checksum of commit \(checksum) in \(path)") { error in
      ostree_repo_fsck_object(pointer, OSTREE_OBJECT_TYPE_COMMIT, checksum, nil, &error)
    }
    let operation = "verify the signature of commit \(checksum) for remote \(remote)"
    let result = GObjectReference(
      taking: try checkedPointer(operation) { error in
        ostree_repo_verify_commit_for_remote(pointer, checksum, remote, nil, &error)
      })
    try requireValidSignature(result, operation)
  }

  /// Verifies that a commit has a signature by one of the keys in a directory, as a remote without
  /// keys of its own does: libostree reads its binary keyrings `*.gpg`.
  ///
  /// - Throws: `GLibError` with the reason that libostree gives.
  public func verifyCommit(_ checksum: String, withKeysIn directory: FilePath) throws(GLibError) {
    let operation = "verify the signature of commit \(checksum) with the keys in \(directory)"
    let result = GObjectReference(
      taking: try withGFile(directory.string) { directory throws(GLibError) in
        try checkedPointer(operation) { error in
          ostree_repo_verify_commit_ext(pointer, checksum, directory, nil, nil, &error)
        }
      })
    try requireValidSignature(result, operation)
  }

  private func requireValidSignature(
    _ result: GObjectReference, _ operation: String
  ) throws(GLibError) {
    try checked(operation) { error in
      ostree_gpg_verify_result_require_valid_signature(result.pointer, &error)
    }
  }
}
