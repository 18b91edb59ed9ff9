import CLinux
import Glibc
import SystemPackage

/// All that is in a directory and in those below it.
public enum FileTree {
  /// One file, directory or other thing that has a name.
  public struct Entry {
    /// The path, which begins with that of the tree.
    public let path: FilePath
    /// The bytes of the path's last part.
    public let nameLengthInBytes: Int
    /// How many directories of the tree lead to it: 0 for the top one.
    public let level: Int
    /// What lstat says of it.
    public let status: stat

    /// Whether it is of a kind such as `S_IFDIR`.
    public func isOfKind(_ kind: mode_t) -> Bool { status.st_mode & S_IFMT == kind }
  }

  private struct Visit {
    let body: (Entry) throws -> Void
    var failure: (any Error)?
  }

  /// Shows `body` the directory itself and then what is below it, each directory before what it
  /// holds. Other filesystems are not entered.
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

  /// The parts of a file that are no holes, in bytes.
  ///
  /// - Throws: `LinuxError`; `Errno` when the file cannot be opened.
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
