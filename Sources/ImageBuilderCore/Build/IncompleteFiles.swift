import SystemPackage

/// What a build that did not succeed may leave that is of no use to anybody: files that were being
/// written.
enum IncompleteFiles {
  /// How the names end of what the program, and the library of hooks, have not finished.
  private static let suffixes = [".partial", ".part"]

  /// Removes them: in OUTDIR, MANIFESTDIR and TMPDIR, the raw image, and what was being published.
  static func remove(_ paths: BuildPaths) async throws {
    let directories = [paths.outputDirectory, paths.manifestDirectory]
    var found = directories.flatMap { directory in
      OutputListing(directory).names.map { directory.pushing(FilePath($0)) }
    }
    found += BuildDirectories.names(in: paths.temporaryDirectory)
      .map(paths.temporaryDirectory.appending)
    var incomplete = found.filter { path in suffixes.contains(where: path.string.hasSuffix) }
    incomplete.append(paths.rawImage)
    if let publication = paths.partialPublication { incomplete.append(publication) }
    for path in incomplete { try await BuildDirectories.remove(path) }
  }
}
