import Bindings
import Configuration
import SystemPackage

/// The Flatpak content that builds share, below `build:contentdir`.
///
/// `repo` is an archive repository that libflatpak pulls into. `plans/VARIANT` has what the last build
/// of a variant installs, and a copy of each remote as it was at that time.
struct FlatpakCache: Sendable {
  /// The directory of the cache.
  let path: FilePath
  private let variant: String

  init(_ paths: BuildPaths) {
    path = paths.contentDirectory.appending("flatpak")
    variant = paths.temporaryDirectory.lastComponent?.string ?? ""
  }

  /// The directory of the plan of this variant.
  var plan: FilePath { path.appending("plans").appending(variant) }
  /// Where the plan is made.
  var partialPlan: FilePath { path.appending("plans").appending(".\(variant)") }
  /// The lock of everything in the cache. It is exclusive while something is pulled or removed.
  var lock: FilePath { FilePath("\(path).lock") }
  /// An empty directory.
  var nothing: FilePath { path.appending("nothing") }
  /// The record of what was pulled.
  var record: FilePath { path.appending("pulled.json") }
  /// The repository that all remotes are pulled into.
  var repository: FilePath { path.appending("repo") }
  /// The files outside of commits. With `path` in FLATPAK_USER_DIR, libflatpak takes them from here
  /// (flatpak 1.14, `flatpak_dir_pull_extra_data`).
  var extraData: FilePath { path.appending("extra-data") }

  /// The copies of the remotes in a directory of a plan.
  static func copy(of remote: String, in plan: FilePath) -> FlatpakRemoteCopy {
    FlatpakRemoteCopy(directory: plan.appending("remotes").appending(remote))
  }

  /// Writes a plan to where it is made, and then replaces the one of the last build.
  ///
  /// - Throws: `LinuxError`, `CommandFailure`.
  func replace(by plan: FlatpakPlan) async throws {
    try plan.write(to: partialPlan)
    try await Directories.remove(self.plan)
    try FileAccess.rename(partialPlan, to: self.plan)
  }

  /// The plans of other variants, oldest first. A build makes its plan anew.
  var otherPlans: [FilePath] {
    let plans = path.appending("plans")
    return Directories.names(in: plans).map(plans.appending).filter {
      $0 != plan && $0 != partialPlan
    }
    .sorted { Directories.modificationTime(of: $0) < Directories.modificationTime(of: $1) }
  }

  /// Removes the plan of another variant, and what only it needs.
  ///
  /// - Returns: the number of bytes that were freed; nil if a build is using the cache.
  /// - Throws: `LinuxError`, `CommandFailure`, `GLibError`.
  func remove(_ plan: FilePath) async throws -> UInt64? {
    guard let lock = try FileLock.acquire(lock, .exclusive, timeout: .zero) else { return nil }
    defer { withExtendedLifetime(lock) {} }
    try await Directories.remove(plan)
    return try await prune()
  }

  /// Removes what no plan of any variant needs: refs, their objects, extra data.
  ///
  /// - Returns: the number of bytes of objects that were freed.
  /// - Throws: `GLibError`, `CommandFailure`.
  func prune() async throws -> UInt64 {
    let repository = try Repository(opening: repository)
    let plans = plans
    let commits = Set(plans.flatMap(\.commits))
    // A plan can need a commit that the remote has replaced since.
    for commit in commits where try repository.hasCommit(commit) {
      try repository.setRef("planned/\(commit)", of: nil, to: commit)
    }
    try Self.removeRefs(in: repository) { !commits.contains($0) }
    let checksums = Set(plans.flatMap(\.extraData))
    for name in Directories.names(in: extraData) where !checksums.contains(name) {
      try await Directories.remove(extraData.appending(name))
    }
    return try repository.prune()
  }

  /// Removes objects that are damaged, so that the next build of each variant pulls them again. No
  /// other process may use the cache.
  ///
  /// - Parameter suspects: the objects that are looked at.
  /// - Returns: whether there were any.
  /// - Throws: `GLibError`.
  func removeDamage(among suspects: [Repository.ObjectName]) throws -> Bool {
    let repository = try Repository(opening: repository)
    let damaged = try suspects.filter { name in
      guard try repository.holds(name) else { return false }
      return (try? repository.verifyObject(name)) == nil
    }
    guard !damaged.isEmpty else { return false }
    // libostree looks for the objects of a commit only if it does not have the commit, and reads that
    // of a ref.
    let commits = Set(plans.flatMap(\.commits))
    try Self.removeRefs(in: repository) { commits.contains($0) }
    for commit in commits { try repository.removeCommit(commit) }
    for name in damaged { try repository.remove(name) }
    return true
  }

  private var plans: [FlatpakPlan] {
    let plans = path.appending("plans")
    return Directories.names(in: plans).compactMap { try? FlatpakPlan(in: plans.appending($0)) }
  }

  private static func removeRefs(
    in repository: Repository, where isRemoved: (_ commit: String) -> Bool
  ) throws {
    for (name, commit) in try repository.localRefs() where isRemoved(commit) {
      try repository.removeRef(name, of: nil)
    }
    for (name, commit) in try repository.remoteRefs() where isRemoved(commit) {
      let parts = name.split(separator: ":", maxSplits: 1).map(String.init)
      try repository.removeRef(parts[1], of: parts[0])
    }
  }
}
