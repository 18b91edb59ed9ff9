import CGLib
import COSTree
import Glibc
import SystemPackage

extension Repository {
  /// The checksum and type of an object.
  public struct ObjectName: Sendable, Hashable {
    let checksum: String
    let type: OstreeObjectType

    /// The path of the object in a repository of mode `bare` (ostree, doc/repo.md).
    var relativePath: String {
      let suffix = String(cString: ostree_object_type_to_string(type))
      return "objects/\(checksum.prefix(2))/\(checksum.dropFirst(2)).\(suffix)"
    }
  }

  /// All objects of a commit, sorted by checksum.
  ///
  /// - Throws: `GLibError`, also if a commit or dirtree object is missing or damaged.
  public func objects(of commit: String) throws(GLibError) -> [ObjectName] {
    var reachable: OpaquePointer?
    try checked("list the objects of commit \(commit) in \(path)") { error in
      ostree_repo_traverse_commit(pointer, commit, 0, &reachable, nil, &error)
    }
    return Self.takeNames(reachable)
  }

  /// All objects in the repository, sorted by checksum.
  ///
  /// - Throws: `GLibError`.
  public func allObjects() throws(GLibError) -> [ObjectName] {
    var present: OpaquePointer?
    try checked("list the objects of \(path)") { error in
      ostree_repo_list_objects(pointer, OSTREE_REPO_LIST_OBJECTS_ALL, &present, nil, &error)
    }
    return Self.takeNames(present)
  }

  /// Hard-links the objects of a commit from another repository of the same mode.
  ///
  /// - Returns: false if hard links between the two repositories are not possible.
  /// - Throws: `GLibError`.
  func linkObjects(of commit: String, from source: Repository) throws(GLibError) -> Bool {
    var directories: Set<Substring> = []
    for name in try source.objects(of: commit) {
      let directory = name.checksum.prefix(2)
      if directories.insert(directory).inserted {
        mkdir(path.appending("objects/\(directory)").string, 0o755)
      }
      guard try link("\(name.relativePath)", from: source, isOptional: false) else { return false }
      // The signatures of a commit are in a file beside the commit object.
      if name.type == OSTREE_OBJECT_TYPE_COMMIT,
        try !link("\(name.relativePath)meta", from: source, isOptional: true)
      {
        return false
      }
    }
    return true
  }

  private func link(
    _ relativePath: String, from source: Repository, isOptional: Bool
  ) throws(GLibError) -> Bool {
    let (original, name) = (source.path.appending(relativePath), path.appending(relativePath))
    if Glibc.link(original.string, name.string) == 0 { return true }
    switch errno {
    case EEXIST: return true
    case EXDEV, EMLINK, EPERM: return false
    case ENOENT where isOptional: return true
    default:
      throw GLibError(
        "\(Errno(rawValue: errno))", operation: "link the object \(original) to \(name)")
    }
  }

  /// The keys of a hash table of objects. Frees the table.
  private static func takeNames(_ table: OpaquePointer?) -> [ObjectName] {
    defer { g_hash_table_unref(table) }
    var names: [ObjectName] = []
    var iterator = GHashTableIter()
    g_hash_table_iter_init(&iterator, table)
    var key: gpointer?
    while g_hash_table_iter_next(&iterator, &key, nil) != 0 {
      var checksum: UnsafePointer<CChar>?
      var type = OSTREE_OBJECT_TYPE_FILE
      ostree_object_name_deserialize(key.map { OpaquePointer($0) }, &checksum, &type)
      if let checksum { names.append(ObjectName(checksum: String(cString: checksum), type: type)) }
    }
    return names.sorted { $0.checksum < $1.checksum }
  }

  /// Verifies that the checksum of an object matches its name.
  ///
  /// libostree's own check computes SHA-256 with GLib, at one sixth of the speed of libcrypto.
  ///
  /// - Throws: `GLibError` if the object is missing, unreadable or damaged.
  public func verifyObject(_ name: ObjectName) throws(GLibError) {
    let operation = "verify the object \(name.checksum) in \(path)"
    var stream: UnsafeMutablePointer<GInputStream>?
    var sizeInBytes: guint64 = 0
    try checked(operation) { error in
      ostree_repo_load_object_stream(
        pointer, name.type, name.checksum, &stream, &sizeInBytes, nil, &error)
    }
    defer { g_object_unref(stream) }
    let digest = try Self.digest(of: stream, operation)
    guard digest == name.checksum else {
      let type = String(cString: ostree_object_type_to_string(name.type))
      throw GLibError(
        "Corrupted object \(name.checksum).\(type): its checksum is \(digest)",
        operation: operation)
    }
  }

  private static func digest(
    of stream: UnsafeMutablePointer<GInputStream>?, _ operation: String
  ) throws(GLibError) -> String {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 64)
    defer { buffer.deallocate() }
    let digest = MessageDigest()
    while true {
      var count = 0
      try checked(operation) { error in
        count = g_input_stream_read(stream, buffer.baseAddress, gsize(buffer.count), nil, &error)
        return count < 0 ? 0 : 1
      }
      if count == 0 { return digest.hexadecimal }
      digest.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
  }
}
