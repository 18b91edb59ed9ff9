import Bindings
import Configuration
import Glibc
import SystemPackage

/// Reads regular files from a directory whose content is not trusted.
enum UntrustedFile {
  /// Opens a file. Symbolic links are not followed, and a named pipe does not block.
  ///
  /// - Throws: `Errno`; `Refusal` if it is not a regular file.
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

  /// The digest and size of a file. The file is read only if it has the expected size.
  ///
  /// - Throws: as `open`; `Refusal` if the size is different.
  static func digest(of path: FilePath, sizeInBytes expected: UInt64?) throws -> FileFacts {
    let file = try open(path)
    defer { try? file.close() }
    let found = try sizeInBytes(of: file)
    if let expected, found != expected {
      throw Refusal(found: found, expected: expected)
    }
    let (snapshot, size) = try MessageDigest.snapshot(ofRest: file)
    return FileFacts(snapshot, sizeInBytes: size)
  }

  /// The content as text. Bytes that are not UTF-8 are replaced.
  ///
  /// - Throws: as `bytes`.
  static func text(of path: FilePath, maximumSizeInBytes: Int) throws -> String {
    String(decoding: try bytes(of: path, maximumSizeInBytes: maximumSizeInBytes), as: UTF8.self)
  }

  /// The content.
  ///
  /// - Throws: as `open`; `Refusal` if the file is larger than `maximumSizeInBytes`.
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

  /// The first `sizeInBytes` bytes, or all of a shorter file.
  ///
  /// - Throws: as `open`.
  static func beginning(of path: FilePath, sizeInBytes: Int) throws -> [UInt8] {
    let file = try open(path)
    defer { try? file.close() }
    return try file.bytes(upTo: sizeInBytes, at: 0)
  }

  private static func sizeInBytes(of file: FileDescriptor) throws -> UInt64 {
    var status = stat()
    guard fstat(file.rawValue, &status) == 0 else { throw Errno(rawValue: errno) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw Refusal(reason: "it is \(FileKind(status.st_mode)), not a regular file")
    }
    return UInt64(status.st_size)
  }

  /// The reason why a file was refused, worded to follow the name of the file.
  struct Refusal: Error, CustomStringConvertible {
    let reason: String
    var description: String { reason }

    init(reason: String) {
      self.reason = reason
    }

    /// The reason for a file of another size than that in the manifest.
    init(found: UInt64, expected: UInt64) {
      self.init(reason: "it has \(found) bytes, not the \(expected) that the manifest says")
    }
  }
}
