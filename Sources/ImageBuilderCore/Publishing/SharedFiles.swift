/// The small files at a destination that all its publishers change: the index, and what points to
/// versions. Paths are relative to the top of the destination.
protocol SharedFiles: Sendable {
  /// The content of a file; nil if there is none.
  ///
  /// - Throws: `UnreachableDestination`, also for a file that is larger than
  ///   `SharedFile.largestInBytes`.
  func read(_ path: String) async throws -> SharedFile?

  /// Writes a file if its content is still `old`; nil means that there is none. Readers see the old
  /// content or the new one.
  ///
  /// - Returns: whether it was written.
  /// - Throws: `UnreachableDestination`.
  func replace(_ path: String, _ old: SharedFile?, with bytes: [UInt8]) async throws -> Bool

  /// Writes a file, whatever it contains now.
  ///
  /// - Throws: `UnreachableDestination`.
  func write(_ bytes: [UInt8], to path: String) async throws

  /// Makes `path` lead to a directory, also given relative to the top: a symbolic link, or where
  /// there are none, a file with the name of the directory's last component and a newline.
  ///
  /// - Throws: `UnreachableDestination`.
  func link(_ path: String, to directory: String) async throws

  /// The names of the files in a directory; empty if there is no directory.
  ///
  /// - Throws: `UnreachableDestination`.
  func names(in directory: String) async throws -> [String]

  /// Removes a file, if there is one.
  ///
  /// - Throws: `UnreachableDestination`.
  func remove(_ path: String) async throws
}

/// A small file at a destination.
struct SharedFile: Sendable, Equatable {
  /// A larger file is none of ours.
  static let largestInBytes = 64 << 20

  let bytes: [UInt8]
  /// What the destination compares to find out whether the file has changed: an ETag, or the digest.
  let tag: String
}
