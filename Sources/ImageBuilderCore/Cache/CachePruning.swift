import Bindings
import Configuration
import Glibc
import SystemPackage

/// Keeps what builds leave in the cache for later ones within `cache:max_size`: the content
/// repositories in CACHEDIR/ostree, and what unfinished builds left in CACHEDIR/build. Finished
/// outputs are not touched and not counted.
struct CachePruning: Sendable {
  let paths: BuildPaths
  /// What this build has used, and is kept.
  let ownRef: String
  let maximumInBytes: UInt64
  let say: @Sendable (String) -> Void

  private var repositories: FilePath { paths.cacheDirectory.appending("ostree") }
  private var builds: FilePath { paths.cacheDirectory.appending("build") }

  /// Removes what was used least recently, the unfinished builds first, until the rest is small
  /// enough. What another build uses stays.
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
    guard size > maximumInBytes else { return }
    say(
      "cache: \(formattedSize(size)) remain, more than cache:max_size "
        + "(\(formattedSize(maximumInBytes))); builds use them")
  }

  private func sizeInBytes() -> UInt64 {
    var (size, seen): (UInt64, Set<ino_t>) = (0, [])
    for directory in [repositories] + unfinishedBuilds() where Directories.exists(directory) {
      // Another build may be pulling; what vanishes meanwhile ends the count.
      try? FileTree.visit(directory) { entry in
        let hasOneName = entry.isOfKind(S_IFDIR) || entry.status.st_nlink == 1
        guard hasOneName || seen.insert(entry.status.st_ino).inserted else { return }
        size += UInt64(entry.status.st_blocks) * 512
      }
    }
    return size
  }

  /// Directories of builds that failed, or ran some of their stages, and do not run now; the oldest
  /// first.
  private func unfinishedBuilds() -> [FilePath] {
    let directories = Directories.names(in: builds).map(builds.appending).filter { directory in
      let names = Directories.names(in: directory)
      return directory != paths.temporaryDirectory && !names.isEmpty && names != ["out"]
        && (try? lock(directory, .shared)) != nil
    }
    return directories.sorted { Self.time(of: $0) < Self.time(of: $1) }
  }

  private func lock(_ directory: FilePath, _ mode: FileLock.Mode) throws -> FileLock? {
    try FileLock.acquire(FilePath("\(directory).lock"), mode, timeout: .zero)
  }

  /// - Returns: whether it was removed; not when a build has begun there.
  private func remove(_ directory: FilePath) async throws -> Bool {
    guard let lock = try lock(directory, .exclusive),
      Directories.names(in: directory) != ["out"]
    else { return false }
    try await Directories.remove(directory)
    return withExtendedLifetime(lock) { true }
  }

  /// A ref of a content repository.
  private struct UsedRef {
    let repository: FilePath
    let remote: String?
    let ref: String
    let file: FilePath
    let lastUse: Int64

    var name: String { (remote.map { "\($0):" } ?? "") + ref }
  }

  /// Those that this build does not use, the one first that was not used for longest.
  private func refs() -> [UsedRef] {
    let all = Directories.names(in: repositories).map(repositories.appending)
      .filter { Directories.exists($0.appending("objects")) }
      .flatMap { refs(of: $0, in: "remotes") + refs(of: $0, in: "heads") }
    return all.filter { $0.repository != paths.contentRepository || $0.name != ownRef }
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
        ref: isRemote ? parts[1] : name, file: file, lastUse: Self.time(of: file))
    }
  }

  /// - Returns: the bytes that were freed; nil when a build uses the repository.
  private func remove(_ ref: UsedRef) throws -> UInt64? {
    let locks = [BuildPaths.useLock(of: ref.repository), BuildPaths.lock(of: ref.repository)]
    let held = try locks.map { try FileLock.acquire($0, .exclusive, timeout: .zero) }
    // It may have been used while it had its turn to come.
    guard !held.contains(where: { $0 == nil }), Self.time(of: ref.file) == ref.lastUse else {
      return nil
    }
    let repository = try Repository(opening: ref.repository)
    try repository.removeRef(ref.ref, of: ref.remote)
    return try withExtendedLifetime(held) { try repository.prune() }
  }

  /// Nanoseconds since 1970; the greatest number for what is not there.
  private static func time(of file: FilePath) -> Int64 {
    var status = stat()
    guard lstat(file.string, &status) == 0 else { return .max }
    return Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
  }
}
