import Bindings
import Configuration
import Glibc
import SystemPackage

/// A regular file at a place where anybody may have put something else.
enum UntrustedFile {
  /// Opens it without following a link and without waiting for the other end of a pipe.
  ///
  /// - Throws: `Errno`; `Refusal` when it is not a regular file.
  static func open(_ path: FilePath) throws -> FileDescriptor {
    let file = try FileDescriptor.open(
      path, .readOnly, options: [.noFollow, .nonBlocking, .closeOnExec])
    do {
      _ = try sizeInBytes(of: file)
      return file
    } catch {
      try? file.close()
      throw error
    }
  }

  /// Its digest, once its size is known to be the expected one.
  ///
  /// - Throws: as `open`; `Refusal` for another size.
  static func digest(of path: FilePath, sizeInBytes expected: UInt64?) throws -> FileFacts {
    let file = try open(path)
    defer { try? file.close() }
    let found = try sizeInBytes(of: file)
    if let expected, found != expected {
      throw Refusal(reason: "it has \(found) bytes, not the \(expected) that the manifest says")
    }
    let (snapshot, size) = try MessageDigest.snapshot(ofRest: file)
    return FileFacts(snapshot, sizeInBytes: size)
  }

  /// Its text; bytes that are not UTF-8 are replaced.
  ///
  /// - Throws: as `bytes`.
  static func text(of path: FilePath, maximumSizeInBytes: Int) throws -> String {
    String(decoding: try bytes(of: path, maximumSizeInBytes: maximumSizeInBytes), as: UTF8.self)
  }

  /// Its bytes.
  ///
  /// - Throws: as `open`; `Refusal` when it is longer than `maximumSizeInBytes`.
  static func bytes(of path: FilePath, maximumSizeInBytes: Int) throws -> [UInt8] {
    let file = try open(path)
    defer { try? file.close() }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = try buffer.withUnsafeMutableBytes({ try file.read(into: $0) }), count > 0
    {
      bytes += buffer[..<count]
      guard bytes.count <= maximumSizeInBytes else {
        throw Refusal(reason: "it has more than the \(maximumSizeInBytes) bytes that are accepted")
      }
    }
    return bytes
  }

  private static func sizeInBytes(of file: FileDescriptor) throws -> UInt64 {
    var status = stat()
    guard fstat(file.rawValue, &status) == 0 else { throw Errno(rawValue: errno) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw Refusal(reason: "it is \(FileKind(status.st_mode)), not a regular file")
    }
    return UInt64(status.st_size)
  }

  /// Why a file is not taken, as the end of a sentence about it.
  struct Refusal: Error, CustomStringConvertible {
    let reason: String
    var description: String { reason }
  }
}
