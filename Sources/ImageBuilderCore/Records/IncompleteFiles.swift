import Configuration
import SystemPackage

/// Partially written files that a failed build leaves and that are of no use.
enum IncompleteFiles {
  /// The suffixes that this program and the hook library give to unfinished files.
  private static let suffixes = [".partial", ".part"]

  /// Removes unfinished files in OUTDIR, MANIFESTDIR and TMPDIR, the raw image, and partial
  /// publications.
  ///
  /// - Throws: `CommandFailure`.
  static func remove(_ configuration: Configuration, _ paths: BuildPaths) async throws {
    let found =
      StageOutputs.inDirectories(paths)
      + Directories.names(in: paths.temporaryDirectory).map(paths.temporaryDirectory.appending)
    let incomplete = found.filter { path in suffixes.contains(where: path.string.hasSuffix) }
    for path in incomplete + [paths.rawImage, paths.secondRawImage] {
      try await Directories.remove(path)
    }
    // An older program may have saved settings that this one cannot use.
    try await (try? Destinations(configuration, paths))?.removePartial()
  }
}
