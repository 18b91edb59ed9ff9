import CGLib
import COSTree
import SystemPackage

extension Repository {
  /// An object's name: its checksum and its type.
  public struct ObjectName: Sendable, Hashable {
    let checksum: String
    let type: OstreeObjectType
  }

  /// Every object that a commit consists of, in the order of their names.
  ///
  /// - Throws: `GLibError`, also when one that leads to others is missing or damaged.
  public func objects(of commit: String) throws(GLibError) -> [ObjectName] {
    var reachable: OpaquePointer?
    try checked("list the objects of commit \(commit) in \(path)") { error in
      ostree_repo_traverse_commit(pointer, commit, 0, &reachable, nil, &error)
    }
    return Self.takeNames(reachable)
  }

  /// Every object that the repository holds, in the order of their names.
  ///
  /// - Throws: `GLibError`.
  public func allObjects() throws(GLibError) -> [ObjectName] {
    var present: OpaquePointer?
    try checked("list the objects of \(path)") { error in
      ostree_repo_list_objects(pointer, OSTREE_REPO_LIST_OBJECTS_ALL, &present, nil, &error)
    }
    return Self.takeNames(present)
  }

  /// The keys of a table, which is freed.
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

  /// Reads an object and compares it with its name.
  ///
  /// - Throws: `GLibError` with libostree's words about the object.
  public func verifyObject(_ name: ObjectName) throws(GLibError) {
    try checked("verify the object \(name.checksum) in \(path)") { error in
      ostree_repo_fsck_object(pointer, name.type, name.checksum, nil, &error)
    }
  }
}
