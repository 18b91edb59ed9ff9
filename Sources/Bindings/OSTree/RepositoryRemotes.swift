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
    let files = remote.tlsFiles
    for (name, file) in [
      ("tls-ca-path", files.authorities), ("tls-client-cert-path", files.clientCertificate),
      ("tls-client-key-path", files.clientKey),
    ] {
      if let file { options.set(name, to: file.string) }
    }
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

  /// The refs that the summary of a remote lists; nil if the remote has no summary.
  ///
  /// A cancelled or stalled call shuts down every TCP connection of this process.
  ///
  /// - Parameters:
  ///   - longestSilence: how long the server may send no data; nil means no limit.
  ///   - headers: additional headers of the requests.
  /// - Throws: `GLibError`, `StalledPull`.
  public func refs(
    ofRemote name: String, longestSilence: Duration? = nil,
    headers: [(name: String, value: String)] = [], cancellation: Cancellation = Cancellation()
  ) throws -> Set<String>? {
    try PullWatch.watching(cancellation, longestSilence: longestSilence) { _ in
      try refs(ofRemote: name, headers, cancellation)
    }
  }

  private func refs(
    ofRemote name: String, _ headers: [(name: String, value: String)],
    _ cancellation: Cancellation
  ) throws(GLibError) -> Set<String>? {
    let options = OptionsDictionary()
    if !headers.isEmpty { options.set("http-headers", to: headers) }
    let variant = options.finish()
    var bytes: OpaquePointer?
    try checked("fetch the summary of remote \(name)") { error in
      ostree_repo_remote_fetch_summary_with_options(
        pointer, name, variant.pointer, &bytes, nil,
        UnsafeMutablePointer(cancellation.object.pointer), &error)
    }
    guard let bytes else { return nil }
    defer { g_bytes_unref(bytes) }
    // The format of a summary (ostree, OSTREE_SUMMARY_GVARIANT_FORMAT).
    let summary = VariantReference(content: bytes, type: "(a(s(taya{sv}))a{sv})")
    let refs = summary.child(0)
    return Set((0..<refs.count).compactMap { refs.child($0).child(0).string })
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
