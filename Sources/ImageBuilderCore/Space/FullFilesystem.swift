import Bindings
import Configuration

/// Recognizes failures that a full filesystem caused.
enum FullFilesystem {
  private static let minimumFreeBytes: UInt64 = 16 << 20
  private static let minimumFreeInodes: UInt64 = 64

  /// Which filesystem is full, and what to do. Nil if none is.
  ///
  /// - Parameter lines: the message of the failure, and the last lines of output.
  static func explanation(
    of lines: [String], _ configuration: Configuration, _ paths: BuildPaths
  ) -> String? {
    let destinations = (try? Destinations(configuration, paths).all) ?? []
    let directories =
      [paths.temporaryDirectory, paths.contentRepository]
      + destinations.compactMap(\.localDirectory)
    let places = directories.compactMap { directory in
      (try? DiskSpace(at: Directories.existing(directory))).map { (directory, $0) }
    }
    // The file that did not fit may have been removed in the meantime.
    let isReported = KnownCause.find(in: lines) == .noSpace
    guard
      let (place, space) = places.first(where: { isFull($0.1) })
        ?? (isReported ? places.min { $0.1.freeBytes < $1.1.freeBytes } : nil)
    else { return nil }
    let option =
      destinations.first { $0.localDirectory == place }.map { "\($0.option)" }
      ?? "build:cachedir (--cachedir)"
    let free = "\(formattedSize(space.freeBytes)) and \(space.freeInodes) files are free there now"
    return isFull(space)
      ? "the filesystem of \(place) is full; free space there, or set another \(option) (\(free))"
      : "a file found no space; of the filesystems of the build, that of \(place) has the least "
        + "(\(free)). Free space there, set another \(option), or see where else the program writes"
  }

  private static func isFull(_ space: DiskSpace) -> Bool {
    space.freeBytes < minimumFreeBytes || space.freeInodes < minimumFreeInodes
  }
}
