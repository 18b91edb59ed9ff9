import Bindings
import Configuration
import SystemPackage

/// This host's copy of the repository of trees at a destination: an archive in the cache. Commits are
/// compressed here, and deltas and summaries made, before they are brought to the destination.
///
/// Used by one thread at a time.
final class TreeMirror {
  /// The directory of the repository at a destination and in the mirror.
  static let folder = "ostree"
  /// Refs of this remote exist only here: they keep the objects of earlier commits.
  private static let kept = "kept"

  /// Contains `folder`.
  let directory: FilePath
  private let repository: Repository
  private let lock: FileLock?

  /// Waits until no other build of this host uses the mirror.
  ///
  /// - Throws: `LinuxError`; `GLibError`.
  init(of place: String, _ paths: BuildPaths, say: (String) -> Void) throws {
    let name = MessageDigest.hexadecimal(of: place).prefix(16)
    directory = paths.cacheDirectory.appending("published-trees").appending("\(name)")
    try Directories.create(directory)
    let directory = directory
    lock = try FileLock.acquire(directory.appending("lock"), .exclusive) { holder in
      say("waiting for process \(holder), which uses \(directory)")
    }
    repository = try Repository(
      openingOrCreatingArchiveAt: directory.appending(Self.folder))
  }

  /// Copies a commit with its objects and signatures.
  ///
  /// - Throws: `GLibError`.
  func importCommit(
    _ checksum: String, from content: FilePath, _ cancellation: Cancellation
  ) throws -> Commit {
    try repository.importCommit(checksum, from: content, cancellation: cancellation)
    return try repository.commit(checksum)
  }

  /// The files of a commit, relative to `directory`, in the order in which a destination gets them:
  /// whoever finds a commit finds its objects.
  ///
  /// - Throws: `GLibError`.
  func files(of commit: String) throws -> [String] {
    let objects = try repository.objects(of: commit)
    let commits = objects.filter(\.isCommit).flatMap { object in
      ["\(object.archivePath)meta", object.archivePath].filter {
        Directories.exists(repository.path.pushing(FilePath($0)))
      }
    }
    return ["config"] + objects.filter { !$0.isCommit }.map(\.archivePath) + commits
  }

  /// Makes the static delta between two commits that are there with all their objects.
  ///
  /// - Returns: the files of all deltas of the mirror, the superblock of each after its parts.
  /// - Throws: `GLibError`.
  func makeDelta(
    from old: String, to new: String, _ cancellation: Cancellation
  ) throws -> [String] {
    if try repository.hasWholeCommit(old) {
      try repository.makeDelta(from: old, to: new, cancellation: cancellation)
    }
    return deltaFiles.filter { !$0.hasSuffix(Self.superblock) }
      + deltaFiles.filter { $0.hasSuffix(Self.superblock) }
  }

  static let superblock = "/superblock"

  private var deltaFiles: [String] {
    Directories.files(below: repository.path.appending("deltas")).map { "deltas/\($0)" }
  }

  /// - Throws: `GLibError`.
  func hasWholeCommit(_ checksum: String) throws -> Bool {
    try repository.hasWholeCommit(checksum)
  }

  /// The commit object with this checksum; nil if it is not here.
  func commit(_ checksum: String) -> Commit? { try? repository.commit(checksum) }

  /// The path of a commit object in a repository.
  static func commitPath(_ checksum: String) -> String {
    "objects/\(checksum.prefix(2))/\(checksum.dropFirst(2)).commit"
  }

  /// Adds a commit object without the objects that it needs. The name and the content are those of a
  /// destination; libostree compares them when it reads the commit.
  ///
  /// - Throws: `LinuxError`.
  func addPartialCommit(_ checksum: String, _ bytes: [UInt8]) throws {
    // The mark of libostree for such a commit.
    let mark = repository.path.appending("state").appending("\(checksum).commitpartial")
    try FileAccess.write("", to: mark, waitsForDisk: false)
    try write(bytes, to: Self.commitPath(checksum))
  }

  /// The commits by ref, as the summary that was written last has them.
  ///
  /// - Throws: `GLibError`.
  func refs() throws -> [String: String] { try repository.localRefs() }

  /// Takes the refs and the deltas of the destination, and writes the summary of them.
  ///
  /// - Parameters:
  ///   - refs: the commits by ref. Their objects are in the mirror.
  ///   - superblocks: the content of the superblocks by path; nil for those that the mirror has.
  /// - Returns: the summary.
  /// - Throws: `GLibError`; `LinuxError`.
  func writeSummary(
    of refs: [String: String], superblocks: [String: [UInt8]?]
  ) throws -> [UInt8] {
    for ref in try repository.localRefs().keys where refs[ref] == nil {
      try repository.removeRef(ref, of: nil)
    }
    for (ref, commit) in refs { try repository.setRef(ref, of: nil, to: commit) }
    for file in deltaFiles where file.hasSuffix(Self.superblock) && superblocks[file] == nil {
      try FileAccess.remove(repository.path.pushing(FilePath(file)))
    }
    for case (let file, let bytes?) in superblocks { try write(bytes, to: file) }
    try repository.writeSummary()
    return try FileAccess.bytes(of: repository.path.appending("summary"))
  }

  /// Signs the summary that was written last.
  ///
  /// - Returns: the signature.
  /// - Throws: `GLibError`; `LinuxError`.
  func signSummary(with key: SigningKey) throws -> [UInt8] {
    let file = repository.path.appending("summary.sig")
    if Directories.exists(file) { try FileAccess.remove(file) }
    try key.signSummary(of: repository)
    return try FileAccess.bytes(of: file)
  }

  /// Whether the mirror has a file.
  func has(_ path: String) -> Bool {
    Directories.exists(repository.path.pushing(FilePath(path)))
  }

  /// Keeps the newest commits of a ref and what they need, and removes everything else.
  ///
  /// - Parameter count: the number of commits of the ref that are kept.
  /// - Returns: the objects and deltas that are left; nil if a commit of a ref is not here with all
  ///   its objects, so that what it needs is not known.
  /// - Throws: `GLibError`.
  func prune(_ ref: String, at commit: Commit, keeping count: Int) throws -> Set<String>? {
    for commit in try repository.localRefs().values {
      guard try repository.hasWholeCommit(commit) else { return nil }
    }
    // Names of equal length are sorted by their numbers.
    let digits = String(commit.timestamp)
    let name = String(repeating: "0", count: max(0, 12 - digits.count)) + digits
    try repository.setRef("\(ref)/\(name)", of: Self.kept, to: commit.checksum)
    let old = Directories.names(
      in: repository.path.appending("refs/remotes/\(Self.kept)").pushing(FilePath(ref))
    ).filter { $0.allSatisfy(\.isNumber) }.dropLast(count)
    for name in old { try repository.removeRef("\(ref)/\(name)", of: Self.kept) }
    try repository.prune(keeping: count - 1)
    let objects = try repository.allObjects()
    return Set(
      objects.map(\.archivePath) + objects.filter(\.isCommit).map { "\($0.archivePath)meta" }
        + deltaFiles)
  }

  private func write(_ bytes: [UInt8], to path: String) throws {
    let file = repository.path.pushing(FilePath(path))
    try Directories.create(file.removingLastComponent())
    try FileAccess.write(bytes, to: file, waitsForDisk: false)
  }
}

extension SigningKey {
  /// Signs the summary of a repository.
  ///
  /// - Throws: `GLibError`.
  func signSummary(of repository: Repository) throws {
    try repository.signSummary(with: fingerprint, in: home)
  }
}
