import Bindings
import Configuration
import Glibc

/// Objects and deltas at a destination that no kept commit needs. They are removed a day after they
/// were first found, because a client that has read an old ref may still fetch them.
struct UnneededObjects {
  private static let secondsKept: UInt64 = 24 * 60 * 60
  private static let record = "\(TreeMirror.folder)/unneeded.json"

  let files: any SharedFiles
  let mirror: TreeMirror

  /// Removes what has been unneeded for a day, and records what is unneeded now. Does nothing if the
  /// mirror does not have all trees of the destination.
  ///
  /// - Parameter present: the files of the destination's repository.
  /// - Throws: `UnreachableDestination`; `GLibError`.
  func remove(
    _ ref: String, _ commit: Commit, keeping count: Int, _ present: [String]
  ) async throws {
    guard let needed = try mirror.prune(ref, at: commit, keeping: count) else { return }
    let now = UInt64(time(nil))
    let unneeded = present.filter { path in
      ["objects/", "deltas/"].contains(where: path.hasPrefix) && !needed.contains(path)
    }
    let known = try await recorded()
    let found = Dictionary(uniqueKeysWithValues: unneeded.map { ($0, known[$0] ?? now) })
    let old = found.filter { now >= $0.value + Self.secondsKept }.map(\.key)
    // Another publisher's new commit may need what was not needed until now.
    guard try await TreeSummary(files: files, mirror: mirror, key: nil).isCurrent else { return }
    // Whoever finds a commit or a superblock finds what it needs.
    try await files.remove(old.filter(Self.isHead).map(path))
    try await files.remove(old.filter { !Self.isHead($0) }.map(path))
    let rest = found.filter { now < $0.value + Self.secondsKept }
    guard rest != known else { return }
    try await files.write(
      Array(try JSONValue(encoding: rest).text().utf8), to: Self.record)
  }

  private static func isHead(_ path: String) -> Bool {
    path.hasSuffix(".commit") || path.hasSuffix(TreeMirror.superblock)
  }

  private func path(_ name: String) -> String { "\(TreeMirror.folder)/\(name)" }

  private func recorded() async throws -> [String: UInt64] {
    guard let bytes = try await files.read(Self.record)?.bytes,
      let value = try? JSONValue(parsing: String(decoding: bytes, as: UTF8.self))
    else { return [:] }
    return (try? value.decoded()) ?? [:]
  }
}
