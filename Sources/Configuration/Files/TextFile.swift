import Glibc
import SystemPackage

/// Reads complete files.
package enum TextFile {
  private static let chunkSizeInBytes = 1 << 16
  private static let largestFileInBytes = 64 << 20

  /// Returns the text of a file. It must be valid UTF-8 without a byte order mark.
  ///
  /// - Throws: `ConfigurationError`.
  package static func read(_ path: FilePath) throws(ConfigurationError) -> String {
    try text(of: path, bytes: bytes(of: path))
  }

  /// Converts the bytes of a file to text. They must be valid UTF-8 without a byte order mark.
  static func text(of path: FilePath, bytes: [UInt8]) throws(ConfigurationError) -> String {
    guard !bytes.starts(with: [0xEF, 0xBB, 0xBF]) else { throw .byteOrderMark(path) }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      let offset = firstInvalidByte(bytes)
      let line = PythonText.lines(String(decoding: bytes[..<offset] + [0x20], as: UTF8.self)).count
      throw .notUTF8(at: .file(path, line: line), byteOffset: offset)
    }
    return text
  }

  /// Returns whether `path` exists. Symbolic links are followed.
  static func exists(_ path: FilePath) -> Bool {
    path.withPlatformString { access($0, F_OK) } == 0
  }

  /// Returns the first bytes of a regular file; none if it cannot be read.
  static func beginning(of path: FilePath, sizeInBytes: Int) -> [UInt8] {
    guard
      let file = try? FileDescriptor.open(path, .readOnly, options: [.closeOnExec, .nonBlocking])
    else { return [] }
    defer { try? file.close() }
    let bytes = try? [UInt8](unsafeUninitializedCapacity: sizeInBytes) {
      $1 = try file.read(into: UnsafeMutableRawBufferPointer($0))
    }
    return bytes ?? []
  }

  /// Returns the bytes of a regular file of at most 64 MiB.
  static func bytes(of path: FilePath) throws(ConfigurationError) -> [UInt8] {
    do {
      // Without `.nonBlocking`, opening a named pipe would wait for a writer.
      let file = try FileDescriptor.open(path, .readOnly, options: [.closeOnExec, .nonBlocking])
      return try file.closeAfter {
        var status = stat()
        guard fstat(file.rawValue, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
          throw status.st_mode & S_IFMT == S_IFDIR ? Errno.isDirectory : Errno.invalidArgument
        }
        var bytes: [UInt8] = []
        while true {
          if bytes.count > largestFileInBytes { throw Errno.fileTooLarge }
          let chunk = try [UInt8](unsafeUninitializedCapacity: chunkSizeInBytes) {
            $1 = try file.read(into: UnsafeMutableRawBufferPointer($0))
          }
          if chunk.isEmpty { return bytes }
          bytes += chunk
        }
      }
    } catch {
      throw .unreadable(path, error as? Errno ?? .ioError)
    }
  }

  private static func firstInvalidByte(_ bytes: [UInt8]) -> Int {
    var decoder = UTF8()
    var iterator = bytes.makeIterator()
    var offset = 0
    while case .scalarValue(let scalar) = decoder.decode(&iterator) {
      offset += UTF8.width(scalar)
    }
    return offset
  }
}
