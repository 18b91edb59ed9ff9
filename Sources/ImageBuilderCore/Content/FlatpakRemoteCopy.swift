import Bindings
import Configuration
import Glibc
import SystemPackage

/// A copy of a remote: its summaries as they were at one time, with their signatures, and the objects
/// of the cache. It is a repository of its own, which libflatpak uses as a `file://` remote.
struct FlatpakRemoteCopy {
  private static let repositoryFileName = "remote.flatpakrepo"
  private static let largestSummaryInBytes: UInt64 = 512 << 20

  let directory: FilePath

  /// The URL of the copy.
  var url: String { "file://\(directory)" }

  /// Makes a copy.
  ///
  /// - Parameters:
  ///   - arch: the architecture whose summary is copied; nil for all.
  ///   - earlier: a copy of the same remote, from which equal summaries are taken.
  ///   - server: the remote.
  ///   - repositoryFile: what the `repo_file` of the remote says, for Python hooks that use the copy.
  /// - Throws: `FlatpakError.unreachable`, `LinuxError`; `CancellationError`.
  static func make(
    in directory: FilePath, of server: FlatpakServer, arch: String?, earlier: FlatpakRemoteCopy,
    repositoryFile: [UInt8]?
  ) async throws -> FlatpakRemoteCopy {
    let copy = FlatpakRemoteCopy(directory: directory)
    for name in ["refs/heads", "tmp", "summaries"] {
      try Directories.create(directory.pushing(FilePath(name)))
    }
    try copy.write("config", Array("[core]\nrepo_version=1\nmode=archive-z2\n".utf8))
    if let repositoryFile { try copy.write(repositoryFileName, repositoryFile) }
    // Inside the deployment, the copy is in use under another path.
    let objects = directory.appending("objects").string
    guard symlink("../../../../repo/objects", objects) == 0 || errno == EEXIST else {
      throw LinuxError("make the link \(objects)", Errno(rawValue: errno))
    }
    if let index = try await server.file("summary.idx", largestSummaryInBytes) {
      try await copy.addIndex(index, of: server, arch, earlier)
    } else if let summary = try await server.file("summary", largestSummaryInBytes) {
      try copy.write("summary", summary)
      if let signature = try await server.file("summary.sig", 1 << 20) {
        try copy.write("summary.sig", signature)
      }
    } else {
      throw FlatpakError.unreachable(
        server.remote, url: server.url,
        reason: "it has neither summary.idx nor summary; is it the URL of a Flatpak repository?")
    }
    return copy
  }

  private func addIndex(
    _ index: [UInt8], of server: FlatpakServer, _ arch: String?, _ earlier: FlatpakRemoteCopy
  ) async throws {
    try write("summary.idx", index)
    let signature = "summaries/\(MessageDigest.hexadecimal(of: index)).idx.sig"
    // Older versions of Flatpak write one signature.
    for name in [signature, "summary.idx.sig"] {
      if let bytes = try await bytes(of: name, earlier, server) {
        try write(signature, bytes)
        break
      }
    }
    for (name, digest) in FlatpakSummary.digests(inIndex: index) where arch == nil || name == arch {
      let part = "summaries/\(digest).gz"
      if let bytes = try await bytes(of: part, earlier, server) { try write(part, bytes) }
    }
  }

  /// The names of these files say what is in them.
  private func bytes(
    of name: String, _ earlier: FlatpakRemoteCopy, _ server: FlatpakServer
  ) async throws -> [UInt8]? {
    if let bytes = try earlier.file(name) { return bytes }
    return try await server.file(name, Self.largestSummaryInBytes)
  }

  /// What the summaries list.
  ///
  /// - Throws: `LinuxError`, `UnpackingError`.
  func summary() throws -> FlatpakSummary {
    var refs: [String: FlatpakSummary.Entry] = [:]
    let parts = Directories.names(in: directory.appending("summaries")).filter {
      $0.hasSuffix(".gz")
    }
    for part in parts {
      let bytes = try Self.unpacked(directory.appending("summaries").appending(part))
      refs.merge(FlatpakSummary(bytes).refs) { first, _ in first }
    }
    if let whole = try file("summary") { refs = FlatpakSummary(whole).refs }
    return FlatpakSummary(refs: refs)
  }

  /// The repository file with which the copy was made.
  ///
  /// - Throws: `LinuxError`.
  func repositoryFile() throws -> [UInt8] {
    try FileAccess.bytes(of: directory.appending(Self.repositoryFileName))
  }

  /// The collection ID that the remote declares.
  ///
  /// - Throws: `LinuxError`.
  func collectionID() throws -> String? { try fact(FlatpakSummary.collectionID) }

  /// The default branch that the remote declares.
  ///
  /// - Throws: `LinuxError`.
  func defaultBranch() throws -> String? { try fact(FlatpakSummary.defaultBranch) }

  private func fact(_ read: ([UInt8], Bool) -> String?) throws -> String? {
    if let index = try file("summary.idx") { return read(index, true) }
    return try file("summary").flatMap { read($0, false) }
  }

  private func file(_ name: String) throws -> [UInt8]? {
    let path = directory.pushing(FilePath(name))
    return Directories.exists(path) ? try FileAccess.bytes(of: path) : nil
  }

  private func write(_ name: String, _ bytes: [UInt8]) throws {
    try FileAccess.write(bytes, to: directory.pushing(FilePath(name)), waitsForDisk: false)
  }

  private static func unpacked(_ path: FilePath) throws -> [UInt8] {
    let file = try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
    defer { try? file.close() }
    let unpacker = try GzipUnpacker(file)
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 18)
    while case let count = try buffer.withUnsafeMutableBytes({ try unpacker.read(into: $0) }),
      count > 0, bytes.count <= largestSummaryInBytes
    {
      bytes += buffer[..<count]
    }
    return bytes
  }
}

/// The files of a remote, on a server or on this machine.
struct FlatpakServer: Sendable {
  private static let timeouts = TransferTimeouts(connection: .seconds(10))

  let remote: String
  let url: String
  let policy: RetryPolicy
  private let transport = HTTPTransport()

  init(_ remote: String, url: String, _ policy: RetryPolicy) {
    (self.remote, self.url, self.policy) = (remote, url, policy)
  }

  /// The content of a file; nil if there is none.
  ///
  /// - Throws: `FlatpakError.unreachable`, `LinuxError`; `CancellationError`.
  func file(_ name: String, _ maximumSizeInBytes: UInt64) async throws -> [UInt8]? {
    if let path = RepositoryURLSyntax.path(of: url) {
      let file = FilePath(path).pushing(FilePath(name))
      return Directories.exists(file) ? try FileAccess.bytes(of: file) : nil
    }
    do {
      return try await transport.answer(
        to: HTTPRequest(
          url: "\(url)/\(name)".replacing(" ", with: "%20"),
          maximumResponseInBytes: maximumSizeInBytes, followsRedirects: true,
          timeouts: Self.timeouts), policy
      ).body
    } catch let error as TransferError {
      if error.isAbsence { return nil }
      throw FlatpakError.unreachable(remote, url: url, reason: error.message)
    }
  }
}
