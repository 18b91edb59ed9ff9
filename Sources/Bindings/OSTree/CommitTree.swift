import CGLib
import COSTree

/// The files of a commit, read from the repository without a checkout.
public struct CommitTree {
  /// The type of a path in the tree.
  public enum Entry: Sendable, Equatable {
    case directory
    case file
    case link(target: String)
  }

  private let root: GObjectReference
  private let checksum: String

  /// - Throws: `GLibError` if the commit is not in the repository.
  public init(_ checksum: String, in repository: Repository) throws(GLibError) {
    self.checksum = checksum
    root = GObjectReference(
      taking: try checkedPointer("read the tree of commit \(checksum)") { error in
        var root: OpaquePointer?
        ostree_repo_read_commit(repository.pointer, checksum, &root, nil, nil, &error)
        return root
      })
  }

  /// The entry at `path`, relative to the root of the tree. Symbolic links are not followed.
  ///
  /// - Returns: nil if there is no entry.
  /// - Throws: `GLibError`.
  public func entry(at path: String) throws(GLibError) -> Entry? {
    let file = g_file_resolve_relative_path(root.pointer, path)!
    defer { g_object_unref(UnsafeMutableRawPointer(file)) }
    let attributes = "standard::type,standard::symlink-target"
    var error: UnsafeMutablePointer<GError>?
    guard
      let info = g_file_query_info(
        file, attributes, G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS, nil, &error)
    else {
      let failure = GLibError(taking: error, operation: "look at \(path) in commit \(checksum)")
      if failure.isNotFound { return nil }
      throw failure
    }
    defer { g_object_unref(UnsafeMutableRawPointer(info)) }
    switch g_file_info_get_file_type(info) {
    case G_FILE_TYPE_DIRECTORY: return .directory
    case G_FILE_TYPE_SYMBOLIC_LINK:
      return .link(target: String(cString: g_file_info_get_symlink_target(info)))
    default: return .file
    }
  }

  /// The names in the directory at `path`, in no particular order.
  ///
  /// - Throws: `GLibError`.
  public func names(in path: String) throws(GLibError) -> [String] {
    let file = g_file_resolve_relative_path(root.pointer, path)!
    defer { g_object_unref(UnsafeMutableRawPointer(file)) }
    let operation = "list \(path) in commit \(checksum)"
    let children = try checkedPointer(operation) { error in
      g_file_enumerate_children(
        file, "standard::name", G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS, nil, &error)
    }
    defer { g_object_unref(UnsafeMutableRawPointer(children)) }
    var names: [String] = []
    while true {
      var error: UnsafeMutablePointer<GError>?
      guard let info = g_file_enumerator_next_file(children, nil, &error) else {
        if error != nil { throw GLibError(taking: error, operation: operation) }
        return names
      }
      names.append(String(cString: g_file_info_get_name(info)))
      g_object_unref(UnsafeMutableRawPointer(info))
    }
  }
}

extension GLibError {
  /// Whether GIO reported that a file does not exist.
  var isNotFound: Bool {
    domain == "g-io-error-quark" && code == Int(G_IO_ERROR_NOT_FOUND.rawValue)
  }
}
