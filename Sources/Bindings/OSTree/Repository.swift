import CGLib
import COSTree
import Glibc
import SystemPackage

/// An OSTree repository.
///
/// libostree's object is not made for use from two threads at once; neither is this.
public final class Repository {
  let object: GObjectReference
  /// Where the repository is.
  public let path: FilePath

  var pointer: OpaquePointer { object.pointer }

  init(object: GObjectReference, path: FilePath) {
    self.object = object
    self.path = path
  }

  /// Opens an existing repository.
  ///
  /// - Throws: `GLibError` when there is none at `path` or its configuration cannot be read.
  public convenience init(opening path: FilePath) throws(GLibError) {
    let pointer = try checkedPointer("open the OSTree repository \(path)") { error in
      ostree_repo_open_at(AT_FDCWD, path.string, nil, &error)
    }
    self.init(object: GObjectReference(taking: pointer), path: path)
  }

  /// Opens the repository at `path`, or makes an empty one of mode `bare` there.
  ///
  /// libostree reserves room for a new configuration and does not wait until it is on the disk. One
  /// that is empty or all zeros, as a power cut leaves it, is made anew.
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

  /// The checksum that `refspec` (`REF` or `REMOTE:REF`) stands for, nil when there is no such ref.
  ///
  /// - Throws: `GLibError` for a malformed refspec or an unreadable repository.
  public func checksum(of refspec: String) throws(GLibError) -> String? {
    var checksum: UnsafeMutablePointer<CChar>?
    try checked("resolve \(refspec) in \(path)") { error in
      ostree_repo_resolve_rev(pointer, refspec, 1, &checksum, &error)
    }
    return takeString(checksum)
  }

  /// Points `ref` of `remote` (or a local ref) at a commit, without looking for the commit.
  ///
  /// - Throws: `GLibError`.
  public func setRef(_ ref: String, of remote: String?, to checksum: String) throws(GLibError) {
    try checked("write the ref \(ref) in \(path)") { error in
      ostree_repo_set_ref_immediate(pointer, remote, ref, checksum, nil, &error)
    }
  }

  /// Removes `ref` of `remote` (or a local ref); its commit stays until the next pruning.
  ///
  /// - Throws: `GLibError`.
  public func removeRef(_ ref: String, of remote: String?) throws(GLibError) {
    try checked("remove the ref \(ref) from \(path)") { error in
      ostree_repo_set_ref_immediate(pointer, remote, ref, nil, nil, &error)
    }
  }

  /// Reads a commit's metadata.
  ///
  /// - Throws: `GLibError` when the commit is not in the repository.
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
      collectionID: metadata.lookup("ostree.collection-binding")?.string)
  }

  /// Sets one key of the repository's configuration file.
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

  /// Removes what no ref needs: commits first, so that none is there without its objects when this
  /// is ended on the way.
  ///
  /// - Returns: the bytes that were freed.
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

  /// Checks that a commit is what its checksum says and bears a signature of a key that is
  /// trusted for `remote`.
  ///
  /// A pull that finds nothing new looks at neither, so this belongs before each use of a
  /// commit that was pulled earlier.
  ///
  /// - Throws: `GLibError` with libostree's reason.
  public func verifyCommit(_ checksum: String, for remote: String) throws(GLibError) {
    try checked("verify the checksum of commit \(checksum) in \(path)") { error in
      ostree_repo_fsck_object(pointer, OSTREE_OBJECT_TYPE_COMMIT, checksum, nil, &error)
    }
    let operation = "verify the signature of commit \(checksum) for remote \(remote)"
    let result = GObjectReference(
      taking: try checkedPointer(operation) { error in
        ostree_repo_verify_commit_for_remote(pointer, checksum, remote, nil, &error)
      })
    try checked(operation) { error in
      ostree_gpg_verify_result_require_valid_signature(result.pointer, &error)
    }
  }
}
