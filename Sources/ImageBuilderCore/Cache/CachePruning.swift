import Bindings
import Configuration
import Glibc
import SystemPackage

/// Limits the size of the cache to `cache:max_size`. The cache consists of the content repositories
/// in CACHEDIR/ostree, the Flatpak content, and the files of unfinished builds in CACHEDIR/build.
/// Finished outputs are neither counted nor removed.
struct CachePruning: Sendable {
  let paths: BuildPaths
  /// The refs that this build may have used, which are kept.
  let ownRefs: Set<String>
  let maximumInBytes: UInt64
  let say: @Sendable (String) -> Void

  private var repositories: FilePath { paths.cacheDirectory.appending("ostree") }
  private var builds: FilePath { paths.cacheDirectory.appending("build") }

  /// Removes what was used least recently until the cache is small enough: first files of
  /// unfinished builds, then refs, then Flatpaks of other variants. What another build is using is
  /// kept.
  ///
  /// - Throws: `LinuxError`, `GLibError`, `CommandFailure`.
  func run() async throws {
    var size = sizeInBytes()
    for directory in unfinishedBuilds() where size > maximumInBytes {
      guard try await remove(directory) else { continue }
      let remaining = sizeInBytes()
      let freed = formattedSize(size - min(size, remaining))
      say("cache: removed what a build left in \(directory) (\(freed))")
      size = remaining
    }
    for ref in refs() where size > maximumInBytes {
      guard let freed = try remove(ref) else { continue }
      say("cache: removed \(ref.name) from \(ref.repository) (\(formattedSize(freed)))")
      size -= min(size, freed)
    }
    let flatpaks = FlatpakCache(paths)
    for plan in flatpaks.otherPlans where size > maximumInBytes {
      guard let freed = try await flatpaks.remove(plan) else { continue }
      say("cache: removed the Flatpaks of \(plan.lastComponent?.string ?? "")")
      size -= min(size, freed)
    }
    guard size > maximumInBytes else { return }
    say(
      "cache: \(formattedSize(size)) remain, more than cache:max_size "
        + "(\(formattedSize(maximumInBytes))); builds use them")
  }

  private func sizeInBytes() -> UInt64 {
    var (size, seen): (UInt64, Set<ino_t>) = (0, [])
    let kept = [repositories, FlatpakCache(paths).path]
    for directory in kept + unfinishedBuilds() where Directories.exists(directory) {
      // Files that another build removes in the meantime end the walk, and the rest of the
      // directory is not counted.
      try? FileTree.visit(directory) { entry in
        let hasOneName = entry.isOfKind(S_IFDIR) || entry.status.st_nlink == 1
        guard hasOneName || seen.insert(entry.status.st_ino).inserted else { return }
        size += UInt64(entry.status.st_blocks) * 512
      }
    }
    return size
  }

  /// The directories of builds that failed or ran only some stages and are not running now, oldest
  /// first.
  private func unfinishedBuilds() -> [FilePath] {
    let directories = Directories.names(in: builds).map(builds.appending).filter { directory in
      let names = Directories.names(in: directory)
      return directory != paths.temporaryDirectory && !names.isEmpty && names != ["out"]
        && (try? lock(directory, .shared)) != nil
    }
    return directories.sorted {
      Directories.modificationTime(of: $0) < Directories.modificationTime(of: $1)
    }
  }

  private func lock(_ directory: FilePath, _ mode: FileLock.Mode) throws -> FileLock? {
    try FileLock.acquire(FilePath("\(directory).lock"), mode, timeout: .zero)
  }

  /// - Returns: whether the directory was removed. It is kept if a build has started in it.
  private func remove(_ directory: FilePath) async throws -> Bool {
    guard let lock = try lock(directory, .exclusive),
      Directories.names(in: directory) != ["out"]
    else { return false }
    try await Directories.remove(directory)
    return withExtendedLifetime(lock) { true }
  }

  /// A ref in a content repository.
  private struct UsedRef {
    let repository: FilePath
    let remote: String?
    let ref: String
    let file: FilePath
    let lastUse: Int64

    var name: String { (remote.map { "\($0):" } ?? "") + ref }
  }

  /// The refs that this build does not use, least recently used first.
  private func refs() -> [UsedRef] {
    let all = Directories.names(in: repositories).map(repositories.appending)
      .filter { Directories.exists($0.appending("objects")) }
      .flatMap { refs(of: $0, in: "remotes") + refs(of: $0, in: "heads") }
    return all.filter { $0.repository != paths.contentRepository || !ownRefs.contains($0.name) }
      .sorted { $0.lastUse < $1.lastUse }
  }

  private func refs(of repository: FilePath, in folder: String) -> [UsedRef] {
    let directory = repository.appending("refs").appending(folder)
    return Directories.files(below: directory).map { name in
      let file = directory.pushing(FilePath(name))
      let parts = name.split(separator: "/", maxSplits: 1).map(String.init)
      let isRemote = folder == "remotes" && parts.count == 2
      return UsedRef(
        repository: repository, remote: isRemote ? parts[0] : nil,
        ref: isRemote ? parts[1] : name, file: file, lastUse: Directories.modificationTime(of: file)
      )
    }
  }

  /// - Returns: the number of bytes that were freed; nil if a build is using the repository or has
  ///   used the ref in the meantime.
  private func remove(_ ref: UsedRef) throws -> UInt64? {
    let locks = [BuildPaths.useLock(of: ref.repository), BuildPaths.lock(of: ref.repository)]
    let held = try locks.map { try FileLock.acquire($0, .exclusive, timeout: .zero) }
    // The ref may have been used since the refs were listed.
    guard !held.contains(where: { $0 == nil }),
      Directories.modificationTime(of: ref.file) == ref.lastUse
    else {
      return nil
    }
    let repository = try Repository(opening: ref.repository)
    try repository.removeRef(ref.ref, of: ref.remote)
    return try withExtendedLifetime(held) { try repository.prune() }
  }
}
