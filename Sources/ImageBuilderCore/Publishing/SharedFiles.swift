import SystemPackage

/// The files at a destination that all its publishers share: the index, what points to versions, and
/// the repository of trees. Paths are relative to the top of the destination.
protocol SharedFiles: Sendable {
  /// The place of the destination, as messages name it.
  var place: String { get }

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

  /// The files below a directory, with paths relative to it; empty if there is no directory. Files
  /// that are not finished are left out.
  ///
  /// - Throws: `UnreachableDestination`.
  func files(below directory: String) async throws -> [StoredFile]

  /// Adds files whose content belongs to their name, such as objects of OSTree, which are not there
  /// yet. Each of them is absent or complete; the order in which they appear is that of `paths`.
  ///
  /// - Parameters:
  ///   - paths: the paths at the destination, and below `directory`.
  ///   - report: is called with the number of bytes that have been transferred so far.
  /// - Throws: `UnreachableDestination`; `CommandFailure`; `LinuxError`.
  func add(
    _ paths: [String], from directory: FilePath, report: @escaping @Sendable (UInt64) -> Void
  ) async throws

  /// Removes those of the files that exist.
  ///
  /// - Throws: `UnreachableDestination`.
  func remove(_ paths: [String]) async throws
}

/// A file at a destination, as it is listed.
struct StoredFile: Sendable, Equatable {
  /// The path relative to the listed directory.
  let path: String
  let sizeInBytes: UInt64
  /// When it was written, in seconds since 1970.
  let secondsSinceEpoch: UInt64

  /// Returns nil if the path is not that of a file below the directory. What a server lists may be
  /// anything, also `../../etc/passwd`.
  init?(path: String, sizeInBytes: UInt64, secondsSinceEpoch: UInt64) {
    let isBelow =
      FilePath(path).isRelative && FilePath(path).lexicallyNormalized().string == path
      && !path.hasPrefix("..")
    guard isBelow else { return nil }
    self.path = path
    self.sizeInBytes = sizeInBytes
    self.secondsSinceEpoch = secondsSinceEpoch
  }
}

/// A small file at a destination.
struct SharedFile: Sendable, Equatable {
  /// A larger file is none of ours.
  static let largestInBytes = 64 << 20

  let bytes: [UInt8]
  /// What the destination compares to find out whether the file has changed: an ETag, or the digest.
  let tag: String
}
