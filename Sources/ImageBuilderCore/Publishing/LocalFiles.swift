import Bindings
import Configuration
import Glibc
import SystemPackage

/// The shared files of a directory on this host. Publishers change them under a lock on `.lock`.
struct LocalFiles: SharedFiles {
  private let top: FilePath
  var place: String { top.string }

  init(_ top: FilePath) {
    self.top = top
  }

  func read(_ path: String) async throws -> SharedFile? {
    try reaching { try content(of: top.pushing(FilePath(path))) }
  }

  func replace(_ path: String, _ old: SharedFile?, with bytes: [UInt8]) async throws -> Bool {
    try await locked { _ in
      let file = top.pushing(FilePath(path))
      guard try content(of: file) == old else { return false }
      try Directories.create(file.removingLastComponent())
      try FileAccess.write(bytes, to: file)
      return true
    }
  }

  func write(_ bytes: [UInt8], to path: String) async throws {
    try await locked { _ in
      let file = top.pushing(FilePath(path))
      try Directories.create(file.removingLastComponent())
      try FileAccess.write(bytes, to: file)
    }
  }

  func link(_ path: String, to directory: String) async throws {
    try await locked { _ in
      let link = top.pushing(FilePath(path))
      let up = String(repeating: "../", count: FilePath(path).components.count - 1)
      try Directories.create(link.removingLastComponent())
      guard Directories.linkTarget(of: link)?.string != up + directory else { return }
      let partial = FilePath("\(link).partial")
      unlink(partial.string)
      guard symlink(up + directory, partial.string) == 0 else {
        throw LinuxError("make the link \(partial)", Errno(rawValue: errno))
      }
      try FileAccess.rename(partial, to: link)
    }
  }

  func files(below directory: String) async throws -> [StoredFile] {
    try storedFiles(in: directory, prefix: "")
  }

  private func storedFiles(in directory: String, prefix: String) throws -> [StoredFile] {
    try entries(of: directory).flatMap { name -> [StoredFile] in
      let path = directory.isEmpty ? name : "\(directory)/\(name)"
      guard let status = try status(of: path) else { return [] }
      if FileKind(status.st_mode) == .directory {
        return try storedFiles(in: path, prefix: "\(prefix)\(name)/")
      }
      guard !name.hasSuffix(Self.unfinished) else { return [] }
      let file = StoredFile(
        path: prefix + name, sizeInBytes: UInt64(status.st_size),
        secondsSinceEpoch: UInt64(clamping: status.st_mtim.tv_sec))
      return file.map { [$0] } ?? []
    }
  }

  func add(
    _ paths: [String], from directory: FilePath, report: @escaping @Sendable (UInt64) -> Void
  ) async throws {
    try await locked { cancellation in
      var transferred: UInt64 = 0
      for path in paths {
        try cancellation.check()
        let (source, target) = (directory.pushing(FilePath(path)), top.pushing(FilePath(path)))
        try Directories.create(target.removingLastComponent())
        try FileAccess.copy(source, to: target, waitsForDisk: false)
        transferred += FileGrowth.allocatedBytes([target])
        report(transferred)
      }
    }
    try await Command("sync", ["--file-system", top.string]).run()
  }

  func remove(_ paths: [String]) async throws {
    try reaching {
      for path in paths.map({ top.pushing(FilePath($0)) }) where Directories.exists(path) {
        try FileAccess.remove(path)
      }
    }
  }

  /// The suffix of files that `FileAccess` has not finished.
  private static let unfinished = ".partial"

  /// The names in a directory. Neither a missing directory nor a file has any.
  ///
  /// - Throws: `UnreachableDestination` for a directory that cannot be read.
  func entries(of directory: String) throws -> [String] {
    guard let status = try status(of: directory), FileKind(status.st_mode) == .directory else {
      return []
    }
    let path = directory.isEmpty ? top : top.pushing(FilePath(directory))
    guard access(path.string, R_OK | X_OK) == 0 else { throw unreadable(path) }
    return Directories.names(in: path)
  }

  /// What is known of a file; nil if there is none. A symbolic link is followed only at the top.
  ///
  /// - Throws: `UnreachableDestination` if that cannot be found out.
  func status(of path: String) throws -> stat? {
    var status = stat()
    let file = path.isEmpty ? top : top.pushing(FilePath(path))
    if (path.isEmpty ? stat(file.string, &status) : lstat(file.string, &status)) == 0 {
      return status
    }
    guard [.noSuchFileOrDirectory, .notDirectory].contains(Errno(rawValue: errno)) else {
      throw unreadable(file)
    }
    return nil
  }

  private func unreadable(_ path: FilePath) -> UnreachableDestination {
    UnreachableDestination(place: place, reason: "\(path): \(Errno(rawValue: errno))")
  }

  private func locked<Result: Sendable>(
    _ body: @escaping @Sendable (BlockingWork.Cancellation) throws -> Result
  ) async throws -> Result {
    try await BlockingWork.run { cancellation in
      try reaching {
        let lock = try FileLock.acquire(top.appending(".lock"), .exclusive)
        return try withExtendedLifetime(lock) { try body(cancellation) }
      }
    }
  }

  private func content(of file: FilePath) throws -> SharedFile? {
    do {
      let bytes = try UntrustedFile.bytes(of: file, maximumSizeInBytes: SharedFile.largestInBytes)
      return SharedFile(bytes: bytes, tag: MessageDigest.hexadecimal(of: bytes))
    } catch Errno.noSuchFileOrDirectory, Errno.notDirectory {
      return nil
    }
  }

  private func reaching<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as CancellationError {
      throw error
    } catch {
      throw UnreachableDestination(place: place, reason: "\(error)")
    }
  }
}
