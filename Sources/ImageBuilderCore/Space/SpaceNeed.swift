import Bindings
import Configuration
import Glibc
import SystemPackage

/// The space that a part of a build needs on a filesystem.
struct SpaceNeed: Sendable, Equatable {
  /// The name of the part, in a few words.
  let what: String
  /// The directory that needs the space. It need not exist yet.
  let directory: FilePath
  let sizeInBytes: UInt64
  var files: UInt64 = 1
}

/// Parts of a build that share a filesystem and together need more space than is free.
struct SpaceShortage: Sendable, Equatable {
  let needs: [SpaceNeed]
  let free: DiskSpace

  /// Compares the required space with the free space of each filesystem.
  ///
  /// - Parameter releasing: space that will be freed before it is needed.
  /// - Throws: `NotEnoughSpace`; `LinuxError`.
  static func check(_ needs: [SpaceNeed], releasing: ReleasedSpace? = nil) throws {
    var filesystems: [(device: UInt64, place: FilePath, needs: [SpaceNeed])] = []
    for need in needs {
      let place = Directories.existing(need.directory)
      let device = try device(of: place)
      if let index = filesystems.firstIndex(where: { $0.device == device }) {
        filesystems[index].needs.append(need)
      } else {
        filesystems.append((device, place, [need]))
      }
    }
    let shortages = try filesystems.compactMap { device, place, needs in
      var free = try DiskSpace(at: place)
      if let releasing, releasing.device == device {
        free = free.adding(bytes: releasing.sizeInBytes, inodes: releasing.files)
      }
      let shortage = SpaceShortage(needs: needs, free: free)
      return shortage.isShort ? shortage : nil
    }
    if !shortages.isEmpty { throw NotEnoughSpace(shortages: shortages) }
  }

  private var sizeInBytes: UInt64 { Self.sum(needs.map(\.sizeInBytes)) }
  private var files: UInt64 { Self.sum(needs.map(\.files)) }
  private var isShort: Bool { sizeInBytes > free.freeBytes || files > free.freeInodes }

  /// A table with the columns part, size, files and directory.
  var table: String {
    var rows = [["what", "size", "files", "in"]]
    rows += needs.map {
      [$0.what, formattedSize($0.sizeInBytes), "\($0.files)", $0.directory.string]
    }
    rows.append(["needed", formattedSize(sizeInBytes), "\(files)", "one filesystem"])
    rows.append(["free", formattedSize(free.freeBytes), free.files, ""])
    let widths = (0..<3).map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let name = row[0] + String(repeating: " ", count: widths[0] - row[0].count)
      let numbers = (1...2).map {
        String(repeating: " ", count: widths[$0] - row[$0].count) + row[$0]
      }
      let line = ([name] + numbers + [row[3]]).joined(separator: "  ")
      return "\n    " + (row[3].isEmpty ? String(line.dropLast(2)) : line)
    }.joined()
  }

  private static func sum(_ numbers: [UInt64]) -> UInt64 {
    numbers.reduce(0) { total, number in
      let (sum, isTooLarge) = total.addingReportingOverflow(number)
      return isTooLarge ? .max : sum
    }
  }

  static func device(of path: FilePath) throws -> UInt64 {
    var status = stat()
    guard stat(path.string, &status) == 0 else {
      throw LinuxError("look at \(path)", Errno(rawValue: errno))
    }
    return UInt64(status.st_dev)
  }
}

/// There is not enough free space for a build.
struct NotEnoughSpace: ExitStatusError, CustomStringConvertible {
  let shortages: [SpaceShortage]

  var exitStatus: ExitStatus { .unavailable }
  var description: String {
    "there is not enough space for this build:"
      + shortages.map(\.table).joined(separator: "\n")
      + "\n  free space there, or set another build:cachedir (--cachedir) or publish:directory"
  }
}

extension NotEnoughSpace: DetailedError {
  func describe(to failure: inout Failure) {
    failure.cause = Failure.Cause(.noSpace, nil)
  }
}

extension DiskSpace {
  fileprivate var files: String { freeInodes == .max ? "any" : "\(freeInodes)" }
}
