import CGLib
import COSTree
import Glibc

/// An object of a commit, and how many bytes it is where objects are not compressed.
public struct SizedObject: Sendable, Equatable {
  /// Which object.
  public let name: Repository.ObjectName
  /// Its bytes.
  public let sizeInBytes: UInt64
}

extension Repository {
  /// Every object that a commit consists of; of content only the size is read.
  ///
  /// - Throws: `GLibError`, also when an object is missing.
  public func sizedObjects(of commit: String) throws(GLibError) -> [SizedObject] {
    try objects(of: commit).map { name throws(GLibError) in
      SizedObject(name: name, sizeInBytes: try size(of: name))
    }
  }

  /// What a commit object says of the objects that it consists of (`ostree.sizes`, which commits
  /// have that were made with `--generate-sizes`); nil when it says nothing.
  ///
  /// - Parameter bytes: the commit object as it is stored; nobody has verified it.
  public static func sizedObjects(inCommit bytes: [UInt8]) -> [SizedObject]? {
    let type = g_variant_type_new("(a{sv}aya(say)sstayay)")
    defer { g_variant_type_free(type) }
    let content = bytes.withUnsafeBytes { g_bytes_new($0.baseAddress, gsize($0.count)) }
    defer { g_bytes_unref(content) }
    guard let variant = g_variant_new_from_bytes(type, content, 0) else { return nil }
    let commit = VariantReference(taking: g_variant_ref_sink(variant))
    var entries: UnsafeMutablePointer<GPtrArray>?
    guard
      (try? checked("read the sizes in a commit") { error in
        ostree_commit_get_object_sizes(commit.pointer, &entries, &error)
      }) != nil, let entries
    else { return nil }
    defer { g_ptr_array_unref(entries) }
    return (0..<Int(entries.pointee.len)).compactMap { index -> SizedObject? in
      guard
        let entry = entries.pointee.pdata[index]?
          .assumingMemoryBound(to: OstreeCommitSizesEntry.self).pointee,
        let checksum = entry.checksum
      else { return nil }
      return SizedObject(
        name: ObjectName(checksum: String(cString: checksum), type: entry.objtype),
        sizeInBytes: UInt64(entry.unpacked))
    }
  }

  /// Whether the repository has an object.
  ///
  /// - Throws: `GLibError`.
  public func holds(_ name: ObjectName) throws(GLibError) -> Bool {
    var isHeld: gboolean = 0
    try checked("look for the object \(name.checksum) in \(path)") { error in
      ostree_repo_has_object(pointer, name.type, name.checksum, &isHeld, nil, &error)
    }
    return isHeld != 0
  }

  private func size(of name: ObjectName) throws(GLibError) -> UInt64 {
    let operation = "ask for the size of the object \(name.checksum) in \(path)"
    guard name.type == OSTREE_OBJECT_TYPE_FILE else {
      var sizeInBytes: guint64 = 0
      try checked(operation) { error in
        ostree_repo_query_object_storage_size(
          pointer, name.type, name.checksum, &sizeInBytes, nil, &error)
      }
      return UInt64(sizeInBytes)
    }
    var information: OpaquePointer?
    try checked(operation) { error in
      ostree_repo_load_file(pointer, name.checksum, nil, &information, nil, nil, &error)
    }
    guard let information else { return 0 }
    let reference = GObjectReference(taking: information)
    return UInt64(max(g_file_info_get_size(reference.pointer), 0))
  }
}
