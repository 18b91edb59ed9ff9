import CGLib
import COSTree
import SystemPackage

extension Repository {
  /// Writes `remote` to the configuration and trusts exactly `keys` for it. An existing remote with
  /// the same name is replaced.
  ///
  /// - Parameter keys: files with OpenPGP public keys, armored or binary. Without any, the remote
  ///   trusts the keys in `/usr/share/ostree/trusted.gpg.d` of the system that uses it.
  /// - Throws: `GLibError`, also if a file contains no key.
  public func replaceRemote(_ remote: Remote, trusting keys: [FilePath]) throws(GLibError) {
    let options = OptionsDictionary()
    options.set("gpg-verify", to: true)
    options.set("gpg-verify-summary", to: remote.verifiesSummary)
    if let collectionID = remote.collectionID {
      options.set("collection-id", to: collectionID)
    }
    if !remote.refs.isEmpty { options.set("branches", to: remote.refs) }
    try removeRemote(remote.name)
    let variant = options.finish()
    try checked("add remote \(remote.name) to \(path)") { error in
      ostree_repo_remote_change(
        pointer, nil, OSTREE_REPO_REMOTE_CHANGE_ADD, remote.name, remote.url, variant.pointer,
        nil, &error)
    }
    for key in keys {
      try trust(key, for: remote.name)
    }
  }

  /// The refs that the summary of a remote lists.
  ///
  /// - Throws: `GLibError`, also if the remote has no summary.
  public func refs(ofRemote name: String) throws(GLibError) -> Set<String> {
    var table: OpaquePointer?
    try checked("list the refs of remote \(name)") { error in
      ostree_repo_remote_list_refs(pointer, name, &table, nil, &error)
    }
    guard let table else { return [] }
    defer { g_hash_table_unref(table) }
    var refs: Set<String> = []
    let keys = g_hash_table_get_keys(table)
    defer { g_list_free(keys) }
    var key = keys
    while let node = key {
      refs.insert(String(cString: node.pointee.data.assumingMemoryBound(to: CChar.self)))
      key = node.pointee.next
    }
    return refs
  }

  /// Removes a remote and its trusted keys, if it exists.
  private func removeRemote(_ name: String) throws(GLibError) {
    try checked("remove remote \(name) from \(path)") { error in
      ostree_repo_remote_change(
        pointer, nil, OSTREE_REPO_REMOTE_CHANGE_DELETE_IF_EXISTS, name, nil, nil, nil, &error)
    }
  }

  private func trust(_ key: FilePath, for remote: String) throws(GLibError) {
    let operation = "import the trusted key \(key) for remote \(remote)"
    let stream = try withGFile(key.string) { file throws(GLibError) in
      GObjectReference(
        taking: OpaquePointer(
          try checkedPointer(operation) { error in g_file_read(file, nil, &error) }))
    }
    var imported: guint = 0
    try checked(operation) { error in
      ostree_repo_remote_gpg_import(
        pointer, remote, UnsafeMutablePointer(stream.pointer), nil, &imported, nil, &error)
    }
    guard imported > 0 else {
      throw GLibError("the file holds no public key", operation: operation)
    }
  }
}
