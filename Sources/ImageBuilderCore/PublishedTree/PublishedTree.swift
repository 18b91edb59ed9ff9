import Bindings
import Configuration
import SystemPackage

/// The repository of trees at a destination, from which installed systems are updated: `ostree/`.
struct PublishedTree {
  private static let maximumAttempts = 20

  let files: any SharedFiles
  let mirror: TreeMirror
  /// The key that signs the summary.
  let key: SigningKey?
  /// The number of commits of a ref that are kept.
  let depth: Int
  let say: (String) -> Void

  /// Publishes a commit: its objects first, then the delta from the commit that the ref has, then the
  /// ref, then the summary. A ref moves only to a newer commit.
  ///
  /// - Parameters:
  ///   - content: the repository that has the commit.
  ///   - report: is called with the number of bytes that have been transferred so far.
  /// - Throws: `GLibError`; `UnreachableDestination`; `LinuxError`; `TreeNotPublished`.
  func publish(
    _ checksum: String, as ref: String, from content: FilePath,
    report: @escaping @Sendable (UInt64) -> Void
  ) async throws {
    let commit = try await Cancellation.ofTask {
      try mirror.importCommit(checksum, from: content, $0)
    }
    for _ in 0..<Self.maximumAttempts {
      let there = try await files.files(below: TreeMirror.folder)
      let present = Set(there.map(\.path))
      let old = try await files.read(path("refs/heads/\(ref)"))
      let current = old.flatMap { Self.checksum(in: $0.bytes) }
      if let current, current != checksum, let newer = try await newer(current, than: commit) {
        return say(
          "\(ref) in \(files.place)/\(TreeMirror.folder) stays at commit \(newer.checksum), which is not "
            + "older than commit \(checksum) of this build")
      }
      try await add(mirror.files(of: checksum), present, report)
      if let current, current != checksum {
        let delta = try await Cancellation.ofTask {
          try mirror.makeDelta(from: current, to: checksum, $0)
        }
        try await add(delta, present, report)
        if try !mirror.hasWholeCommit(current) {
          say("no static delta from \(current) is made, because this host has not published it")
        }
      }
      let bytes = Array("\(checksum)\n".utf8)
      if old?.bytes != bytes,
        try await !files.replace(path("refs/heads/\(ref)"), old, with: bytes)
      {
        continue
      }
      // Another publisher may have removed an object that it did not need.
      let now = try await files.files(below: TreeMirror.folder).map(\.path)
      try await add(mirror.files(of: checksum), Set(now), report)
      try await TreeSummary(files: files, mirror: mirror, key: key).write()
      try await UnneededObjects(files: files, mirror: mirror).remove(
        ref, commit, keeping: depth, now)
      return say("\(ref) in \(files.place)/\(TreeMirror.folder) is commit \(checksum)")
    }
    throw TreeNotPublished(place: files.place, name: "refs/heads/\(ref)")
  }

  private func path(_ name: String) -> String { "\(TreeMirror.folder)/\(name)" }

  /// Adds the files that are not present.
  private func add(
    _ names: [String], _ present: Set<String>, _ report: @escaping @Sendable (UInt64) -> Void
  ) async throws {
    let missing = names.filter { !present.contains($0) }.map(path)
    guard !missing.isEmpty else { return }
    try await files.add(missing, from: mirror.directory, report: report)
  }

  /// The commit `current` if it is not older than `commit`, nil if it is.
  private func newer(_ current: String, than commit: Commit) async throws -> Commit? {
    guard let known = try await TreeSummary.commit(current, files, mirror) else { return nil }
    return known.timestamp >= commit.timestamp ? known : nil
  }

  /// The checksum in a file of a ref; nil if there is none.
  static func checksum(in bytes: [UInt8]) -> String? {
    let text = String(decoding: bytes, as: UTF8.self)
    let checksum = text.hasSuffix("\n") ? String(text.dropLast()) : text
    return DigestSyntax.isValid(checksum) ? checksum : nil
  }
}

/// Others changed a ref or the summary each time.
struct TreeNotPublished: ExitStatusError, CustomStringConvertible {
  let place: String
  /// The file of the repository.
  let name: String

  var exitStatus: ExitStatus { .temporaryFailure }
  var description: String {
    "\(place)/\(TreeMirror.folder)/\(name) was changed by others each time; publish again: "
      + "--from-stage publish"
  }
}
