import CGLib
import COSTree
import Glibc

/// An object of a commit and its uncompressed size.
public struct SizedObject: Sendable, Equatable {
  /// The object.
  public let name: Repository.ObjectName
  /// The uncompressed size in bytes.
  public let sizeInBytes: UInt64
}

extension Repository {
  /// All objects of a commit with their sizes. The content of file objects is not read.
  ///
  /// - Throws: `GLibError`, also if an object is missing.
  public func sizedObjects(of commit: String) throws(GLibError) -> [SizedObject] {
    try objects(of: commit).map { name throws(GLibError) in
      SizedObject(name: name, sizeInBytes: try size(of: name))
    }
  }

  /// The objects and sizes that a commit object lists (`ostree.sizes`, in commits made with
  /// `--generate-sizes`); nil if it has no such list.
  ///
  /// - Parameter bytes: the commit object as it is stored. It need not have been verified.
  public static func sizedObjects(inCommit bytes: [UInt8]) -> [SizedObject]? {
    let commit = VariantReference(bytes, type: "(a{sv}aya(say)sstayay)")
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

  /// Whether the repository contains an object.
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
