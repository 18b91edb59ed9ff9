import CGLib
import COSTree
import Glibc
import SystemPackage

/// Repositories of mode `archive`, which servers of plain files serve (ostree, doc/repo.md).
extension Repository {
  /// Opens the repository at `path`, or creates an empty repository in mode `archive`.
  ///
  /// - Throws: `GLibError`, also for a repository of another mode.
  public convenience init(openingOrCreatingArchiveAt path: FilePath) throws(GLibError) {
    let pointer = try checkedPointer("create the OSTree repository \(path)") { error in
      ostree_repo_create_at(AT_FDCWD, path.string, OSTREE_REPO_MODE_ARCHIVE, nil, nil, &error)
    }
    self.init(object: GObjectReference(taking: pointer), path: path)
    guard ostree_repo_get_mode(pointer) == OSTREE_REPO_MODE_ARCHIVE else {
      throw GLibError("its mode is not archive", operation: "open the repository \(path)")
    }
  }

  /// The refs of the repository itself, with their commits.
  ///
  /// - Throws: `GLibError`.
  public func localRefs() throws(GLibError) -> [String: String] {
    try refs(OSTREE_REPO_LIST_REFS_EXT_EXCLUDE_REMOTES)
  }

  /// The refs of all remotes, as `REMOTE:REF`, with their commits.
  ///
  /// - Throws: `GLibError`.
  public func remoteRefs() throws(GLibError) -> [String: String] {
    try refs(OSTREE_REPO_LIST_REFS_EXT_NONE).filter { $0.key.contains(":") }
  }

  private func refs(_ flags: OstreeRepoListRefsExtFlags) throws(GLibError) -> [String: String] {
    var table: OpaquePointer?
    try checked("list the refs of \(path)") { error in
      ostree_repo_list_refs_ext(pointer, nil, &table, flags, nil, &error)
    }
    defer { g_hash_table_unref(table) }
    var refs: [String: String] = [:]
    var iterator = GHashTableIter()
    g_hash_table_iter_init(&iterator, table)
    var (key, value): (gpointer?, gpointer?)
    while g_hash_table_iter_next(&iterator, &key, &value) != 0 {
      guard let key, let value else { continue }
      refs[String(cString: key.assumingMemoryBound(to: CChar.self))] =
        String(cString: value.assumingMemoryBound(to: CChar.self))
    }
    return refs
  }

  /// Whether the object of a commit is there.
  ///
  /// - Throws: `GLibError`.
  public func hasCommit(_ checksum: String) throws(GLibError) -> Bool {
    try holds(ObjectName(checksum: checksum, type: OSTREE_OBJECT_TYPE_COMMIT))
  }

  /// Removes the object of a commit, if it is there. A pull of the commit then looks for all its
  /// objects.
  ///
  /// - Throws: `GLibError`.
  public func removeCommit(_ checksum: String) throws(GLibError) {
    try remove(ObjectName(checksum: checksum, type: OSTREE_OBJECT_TYPE_COMMIT))
  }

  /// Removes an object, if it is there. Commits that have it are then incomplete.
  ///
  /// - Throws: `GLibError`.
  public func remove(_ name: ObjectName) throws(GLibError) {
    guard try holds(name) else { return }
    try checked("remove the object \(name.checksum) from \(path)") { error in
      ostree_repo_delete_object(pointer, name.type, name.checksum, nil, &error)
    }
  }

  /// Whether a commit is there with all its objects.
  ///
  /// - Throws: `GLibError`.
  public func hasWholeCommit(_ checksum: String) throws(GLibError) -> Bool {
    guard try hasCommit(checksum) else { return false }
    var state: OstreeRepoCommitState = OSTREE_REPO_COMMIT_STATE_NORMAL
    var variant: OpaquePointer?
    try checked("load commit \(checksum) from \(path)") { error in
      ostree_repo_load_commit(pointer, checksum, &variant, &state, &error)
    }
    g_variant_unref(variant)
    return state.rawValue & OSTREE_REPO_COMMIT_STATE_PARTIAL.rawValue == 0
  }

  /// Writes the static delta from one commit to another (ostree, doc/formats.md), if it is not there
  /// yet.
  ///
  /// - Throws: `GLibError`.
  public func makeDelta(
    from old: String, to new: String, cancellation: Cancellation
  ) throws(GLibError) {
    let operation = "make the static delta from \(old) to \(new) in \(path)"
    let parameters = OptionsDictionary().finish()
    try checked(operation) { error in
      ostree_repo_static_delta_generate(
        pointer, OSTREE_STATIC_DELTA_GENERATE_OPT_MAJOR, old, new, nil, parameters.pointer,
        UnsafeMutablePointer(cancellation.object.pointer), &error)
    }
  }

  /// Writes the summary of the refs and static deltas.
  ///
  /// - Throws: `GLibError`.
  public func writeSummary() throws(GLibError) {
    try checked("write the summary of \(path)") { error in
      ostree_repo_regenerate_summary(pointer, nil, nil, &error)
    }
  }

  /// Signs the summary.
  ///
  /// - Parameters:
  ///   - fingerprint: the key.
  ///   - home: the GnuPG home directory with the secret key.
  /// - Throws: `GLibError`.
  public func signSummary(with fingerprint: String, in home: FilePath) throws(GLibError) {
    try withCStringArray([fingerprint]) { keys throws(GLibError) in
      var keys = Array(UnsafeBufferPointer(start: keys, count: 2))
      try checked("sign the summary of \(path)") { error in
        ostree_repo_add_gpg_signature_summary(pointer, &keys, home.string, nil, &error)
      }
    }
  }

  /// Removes objects and static deltas that no ref needs.
  ///
  /// - Parameter depth: the number of commits of each ref that are kept besides the newest.
  /// - Throws: `GLibError`.
  public func prune(keeping depth: Int) throws(GLibError) {
    var (total, pruned, freedSizeInBytes): (gint, gint, guint64) = (0, 0, 0)
    try checked("prune \(path)") { error in
      ostree_repo_prune(
        pointer, OSTREE_REPO_PRUNE_FLAGS_REFS_ONLY, gint(depth), &total, &pruned,
        &freedSizeInBytes, nil, &error)
    }
  }
}

extension Repository.ObjectName {
  /// The path of the object in a repository of mode `archive`, where content is compressed.
  public var archivePath: String {
    type == OSTREE_OBJECT_TYPE_FILE ? relativePath + "z" : relativePath
  }

  /// Whether the object is a commit.
  public var isCommit: Bool { type == OSTREE_OBJECT_TYPE_COMMIT }
}
