import Bindings
import Configuration
import Glibc
import SystemPackage

/// The shared files of a directory on this host. Publishers change them under a lock on `.lock`.
struct LocalFiles: SharedFiles {
  private let top: FilePath

  init(_ top: FilePath) {
    self.top = top
  }

  func read(_ path: String) async throws -> SharedFile? {
    try reaching { try content(of: top.pushing(FilePath(path))) }
  }

  func replace(_ path: String, _ old: SharedFile?, with bytes: [UInt8]) async throws -> Bool {
    try await locked {
      let file = top.pushing(FilePath(path))
      guard try content(of: file) == old else { return false }
      try FileAccess.write(bytes, to: file)
      return true
    }
  }

  func write(_ bytes: [UInt8], to path: String) async throws {
    try await locked {
      let file = top.pushing(FilePath(path))
      try Directories.create(file.removingLastComponent())
      try FileAccess.write(bytes, to: file)
    }
  }

  func link(_ path: String, to directory: String) async throws {
    try await locked {
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

  func names(in directory: String) async throws -> [String] {
    try entries(of: directory)
  }

  func remove(_ path: String) async throws {
    let file = top.pushing(FilePath(path))
    guard Directories.exists(file) else { return }
    try reaching { try FileAccess.remove(file) }
  }

  /// The names in a directory. Neither a missing directory nor a file has any.
  ///
  /// - Throws: `UnreachableDestination` for a directory that cannot be read.
  func entries(of directory: String) throws -> [String] {
    let path = directory.isEmpty ? top : top.pushing(FilePath(directory))
    guard FileKind(of: path) == .directory else { return [] }
    guard access(path.string, R_OK | X_OK) == 0 else {
      throw UnreachableDestination(
        place: top.string, reason: "\(path): \(Errno(rawValue: errno))")
    }
    return Directories.names(in: path)
  }

  private func locked<Result: Sendable>(
    _ body: @escaping @Sendable () throws -> Result
  ) async throws -> Result {
    try await BlockingWork.run { _ in
      try reaching {
        let lock = try FileLock.acquire(top.appending(".lock"), .exclusive)
        return try withExtendedLifetime(lock, body)
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
    } catch {
      throw UnreachableDestination(place: top.string, reason: "\(error)")
    }
  }
}
