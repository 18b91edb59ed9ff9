import Bindings
import Configuration
import SystemPackage

/// The summary of the repository of trees at a destination, and its signature.
struct TreeSummary {
  private static let maximumAttempts = 20

  let files: any SharedFiles
  let mirror: TreeMirror
  let key: SigningKey?

  /// Writes the summary of the refs and deltas that the destination holds.
  ///
  /// The summary is written only if nobody else has written it since the refs were read. Its signature
  /// is written afterwards; whoever writes one reads the summary once more, and repeats if it is of
  /// somebody else. So the last signature is that of the last summary.
  ///
  /// - Throws: `UnreachableDestination`; `GLibError`; `LinuxError`; `TreeNotPublished`.
  func write() async throws {
    let (summary, signature) = ("\(TreeMirror.folder)/summary", "\(TreeMirror.folder)/summary.sig")
    for _ in 0..<Self.maximumAttempts {
      let old = try await files.read(summary)
      let bytes = try mirror.writeSummary(
        of: await refs(), superblocks: await superblocks())
      guard try await files.replace(summary, old, with: bytes) else { continue }
      if let key {
        try await files.write(mirror.signSummary(with: key), to: signature)
      } else {
        try await files.remove([signature])
      }
      if try await files.read(summary)?.bytes == bytes { return }
    }
    throw TreeNotPublished(place: files.place, name: "summary")
  }

  /// Whether the mirror still has the refs of the destination.
  ///
  /// - Throws: `UnreachableDestination`; `GLibError`; `LinuxError`.
  var isCurrent: Bool {
    get async throws { try await refs() == mirror.refs() }
  }

  /// The refs of the destination. The mirror gets their commit objects.
  private func refs() async throws -> [String: String] {
    let folder = "\(TreeMirror.folder)/refs/heads"
    var refs: [String: String] = [:]
    for file in try await files.files(below: folder) {
      guard let bytes = try await files.read("\(folder)/\(file.path)")?.bytes,
        let checksum = PublishedTree.checksum(in: bytes),
        try await Self.commit(checksum, files, mirror) != nil
      else { continue }
      refs[file.path] = checksum
    }
    return refs
  }

  /// The superblocks of the destination's deltas by path; nil for those that the mirror has.
  private func superblocks() async throws -> [String: [UInt8]?] {
    var superblocks: [String: [UInt8]?] = [:]
    for file in try await files.files(below: "\(TreeMirror.folder)/deltas") {
      let path = "deltas/\(file.path)"
      guard path.hasSuffix(TreeMirror.superblock) else { continue }
      if mirror.has(path) {
        superblocks[path] = .some(nil)
      } else if let bytes = try await files.read("\(TreeMirror.folder)/\(path)")?.bytes {
        superblocks[path] = bytes
      }
    }
    return superblocks
  }

  /// A commit of the destination, whose object the mirror gets; nil if the destination has not got it.
  ///
  /// - Throws: `UnreachableDestination`; `LinuxError`.
  static func commit(
    _ checksum: String, _ files: any SharedFiles, _ mirror: TreeMirror
  ) async throws -> Commit? {
    if let commit = mirror.commit(checksum) { return commit }
    let path = "\(TreeMirror.folder)/\(TreeMirror.commitPath(checksum))"
    guard let bytes = try await files.read(path)?.bytes,
      MessageDigest.hexadecimal(of: bytes) == checksum
    else { return nil }
    try mirror.addPartialCommit(checksum, bytes)
    return mirror.commit(checksum)
  }
}
