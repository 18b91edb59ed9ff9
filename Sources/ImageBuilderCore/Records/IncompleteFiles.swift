import Configuration
import SystemPackage

/// What a build that did not succeed may leave that is of no use to anybody: files that were being
/// written.
enum IncompleteFiles {
  /// How the names end of what the program, and the library of hooks, have not finished.
  private static let suffixes = [".partial", ".part"]

  /// Removes them: in OUTDIR, MANIFESTDIR and TMPDIR, the raw image, and what was being published.
  static func remove(_ configuration: Configuration, _ paths: BuildPaths) async throws {
    let found =
      StageOutputs.inDirectories(paths)
      + Directories.names(in: paths.temporaryDirectory).map(paths.temporaryDirectory.appending)
    let incomplete = found.filter { path in suffixes.contains(where: path.string.hasSuffix) }
    for path in incomplete + [paths.rawImage] { try await Directories.remove(path) }
    try await Destinations(configuration, paths).removePartial()
  }
}
