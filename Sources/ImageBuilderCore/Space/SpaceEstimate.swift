import Bindings
import Configuration
import SystemPackage

/// The space that a build will need, as far as it is known before the pull.
struct SpaceEstimate {
  /// The space that even the smallest build needs. Required if nothing else is known.
  private static let minimumBytes: UInt64 = 256 << 20
  /// libostree refuses to pull content that would leave less space free (min-free-space-percent).
  private static let percentKeptFree: UInt64 = 3

  let configuration: Configuration
  let paths: BuildPaths
  let stages: [Stage]
  /// Whether TMPDIR will be emptied before the build.
  let emptiesTemporaryDirectory: Bool
  /// Prints debug messages.
  let say: (String) -> Void

  /// Compares the required space with the free space, including the space that is freed when the
  /// files of an earlier build are removed.
  ///
  /// - Throws: `NotEnoughSpace`, `LinuxError`, `ConfigurationError`, `TreeError`.
  func check() throws {
    // Another build of the same directory may be removing it at the same time.
    let released =
      emptiesTemporaryDirectory ? try? ReleasedSpace(removing: paths.temporaryDirectory) : nil
    guard let needs = try needs() else {
      say("the size of the tree is not known; \(formattedSize(Self.minimumBytes)) must be free")
      for directory in [paths.contentRepository, paths.temporaryDirectory] {
        let least = SpaceNeed(
          what: "the least", directory: directory, sizeInBytes: Self.minimumBytes)
        try SpaceShortage.check([least], releasing: released)
      }
      return
    }
    for need in needs { say("\(need.what): \(formattedSize(need.sizeInBytes))") }
    try SpaceShortage.check(needs, releasing: released)
  }

  /// What the stages need; nil if the size of the tree is not known.
  ///
  /// - Throws: `LinuxError`, `ConfigurationError`, `TreeError`.
  func needs() throws -> [SpaceNeed]? {
    let sizes = ImageSizes(of: paths)
    let tree =
      stages.contains(.ostree)
      ? try TreeSize(TreeSource(configuration, paths), remembered: sizes?.tree) : nil
    guard let content = tree?.all ?? sizes?.tree else { return nil }
    return try pullNeeds(tree?.missing) + imageNeeds(content, sizes)
  }

  private func pullNeeds(_ missing: ContentSize?) throws -> [SpaceNeed] {
    guard stages.contains(.ostree) else { return [] }
    guard let missing else {
      say("how much is to be pulled is not known")
      return []
    }
    guard missing.sizeInBytes > 0 else { return [] }
    let total = try DiskSpace(at: Directories.existing(paths.contentRepository)).totalBytes
    return [
      need("pull", missing.sizeInBytes, missing.files, in: paths.contentRepository),
      need(
        "kept free by OSTree", total / 100 * Self.percentKeptFree, 0, in: paths.contentRepository),
    ]
  }

  private func imageNeeds(_ tree: ContentSize, _ sizes: ImageSizes?) throws -> [SpaceNeed] {
    let directory = paths.temporaryDirectory
    // A deployment consists of hard links, directories, and copies of /etc and of the boot files.
    let ownBytes = tree.sizeInBytes / 8
    let device = try SpaceShortage.device(of: Directories.existing(paths.sysroot))
    let isLinked =
      try device == SpaceShortage.device(of: Directories.existing(paths.contentRepository))
    // The last build measured its sysroot. Other sizes are those of the objects of a commit.
    let space = try ImageSpace(
      configuration, contentInBytes: tree.sizeInBytes + (tree == sizes?.tree ? 0 : ownBytes), sizes)
    var needs: [SpaceNeed] = []
    if stages.contains(.image) {
      needs.append(
        need(
          "deployment", ownBytes + (isLinked ? 0 : tree.sizeInBytes),
          tree.files / 4 + (isLinked ? 0 : tree.files), in: directory))
      needs += space.needs(in: directory)
    } else if stages.contains(.check) {
      needs.append(space.rawImage(in: directory))
    }
    if stages.contains(.publish) {
      needs += try Destinations(configuration, paths).localDirectories.map {
        space.outputs("published files", in: $0)
      }
    }
    return needs
  }

  private func need(
    _ what: String, _ sizeInBytes: UInt64, _ files: UInt64, in directory: FilePath
  ) -> SpaceNeed {
    SpaceNeed(what: what, directory: directory, sizeInBytes: sizeInBytes, files: files)
  }
}
