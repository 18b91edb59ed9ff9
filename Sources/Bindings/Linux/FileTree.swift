import CLinux
import Glibc
import SystemPackage

/// Walks directory trees.
public enum FileTree {
  /// A file, directory or other object in a tree.
  public struct Entry {
    /// The path, which starts with the path of the tree.
    public let path: FilePath
    /// The length of the last component of the path, in bytes.
    public let nameLengthInBytes: Int
    /// The depth in the tree; the top directory has level 0.
    public let level: Int
    /// The result of lstat(2).
    public let status: stat

    /// Whether the file type is `kind`, for example `S_IFDIR`.
    public func isOfKind(_ kind: mode_t) -> Bool { status.st_mode & S_IFMT == kind }
  }

  private struct Visit {
    let body: (Entry) throws -> Void
    var failure: (any Error)?
  }

  /// Calls `body` for the directory and everything below it. A directory is visited before its
  /// content. Other filesystems are not entered.
  ///
  /// - Throws: `LinuxError`; the first error of `body`.
  public static func visit(_ directory: FilePath, _ body: (Entry) throws -> Void) throws {
    try withoutActuallyEscaping(body) { body in
      var visit = Visit(body: body)
      let result = withUnsafeMutablePointer(to: &visit) { visit in
        linux_visit_files(directory.string, visit) { context, path, length, level, status in
          let visit = context!.assumingMemoryBound(to: Visit.self)
          guard visit.pointee.failure == nil else { return }
          do {
            try visit.pointee.body(
              Entry(
                path: FilePath(platformString: path!), nameLengthInBytes: length,
                level: Int(level), status: status!.pointee))
          } catch {
            visit.pointee.failure = error
          }
        }
      }
      if let failure = visit.failure { throw failure }
      try checkedCall("read what is in \(directory)", result)
    }
  }

  /// The byte ranges of a file that are not holes.
  ///
  /// - Throws: `LinuxError`; `Errno` if the file cannot be opened.
  public static func dataRanges(of path: FilePath) throws -> [Range<UInt64>] {
    let file = try FileDescriptor.open(path, .readOnly, options: [.closeOnExec, .noFollow])
    defer { try? file.close() }
    var ranges: [Range<UInt64>] = []
    var (start, end): (off_t, off_t) = (0, 0)
    while try checkedCall(
      "find the holes of \(path)", linux_next_data(file.rawValue, end, &start, &end)) == 1
    {
      ranges.append(UInt64(start)..<UInt64(end))
    }
    return ranges
  }
}
