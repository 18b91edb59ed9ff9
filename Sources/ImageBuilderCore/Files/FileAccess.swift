import Bindings
import Glibc
import SystemPackage

/// Reads and writes whole small files.
enum FileAccess {
  /// The bytes of a file as text; bytes that are not UTF-8 are replaced.
  ///
  /// - Throws: `LinuxError`.
  static func text(of path: FilePath) throws -> String {
    String(decoding: try bytes(of: path), as: UTF8.self)
  }

  /// Writes a file so that its name stands for the old content or the whole new one.
  ///
  /// - Parameter waitsForDisk: whether that holds when the power fails, too.
  /// - Throws: `LinuxError`.
  static func write(
    _ text: String, to path: FilePath, permissions: FilePermissions = .worldReadable,
    waitsForDisk: Bool = true
  ) throws {
    try write(Array(text.utf8), to: path, permissions: permissions, waitsForDisk: waitsForDisk)
  }

  /// The same for bytes.
  ///
  /// - Throws: `LinuxError`.
  static func write(
    _ bytes: [UInt8], to path: FilePath, permissions: FilePermissions = .worldReadable,
    waitsForDisk: Bool = true
  ) throws {
    try replace(path, permissions, "write \(path)", waitsForDisk) { try $0.writeAll(bytes) }
  }

  /// The bytes of a file.
  ///
  /// - Throws: `LinuxError`.
  static func bytes(of path: FilePath) throws -> [UInt8] {
    do {
      let file = try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
      return try file.closeAfter {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = try buffer.withUnsafeMutableBytes({ try file.read(into: $0) }),
          count > 0
        {
          bytes += buffer[..<count]
        }
        return bytes
      }
    } catch let error as Errno {
      throw LinuxError("read \(path)", error)
    }
  }

  /// The first bytes of a file.
  ///
  /// - Throws: `LinuxError`.
  static func beginning(of path: FilePath, sizeInBytes: Int) throws -> [UInt8] {
    do {
      let file = try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
      return try file.closeAfter {
        var buffer = [UInt8](repeating: 0, count: sizeInBytes)
        let count = try buffer.withUnsafeMutableBytes { try file.read(into: $0) }
        return Array(buffer[..<count])
      }
    } catch let error as Errno {
      throw LinuxError("read \(path)", error)
    }
  }

  /// Gives a complete file its final name.
  ///
  /// - Throws: `LinuxError`.
  static func rename(_ path: FilePath, to name: FilePath) throws {
    guard Glibc.rename(path.string, name.string) == 0 else {
      throw LinuxError("rename \(path) to \(name)", Errno(rawValue: errno))
    }
  }

  /// Removes a file.
  ///
  /// - Throws: `LinuxError`.
  static func remove(_ path: FilePath) throws {
    guard unlink(path.string) == 0 else {
      throw LinuxError("remove \(path)", Errno(rawValue: errno))
    }
  }

  /// Copies a file's content and nothing else; the name appears when the copy is complete.
  ///
  /// - Throws: `LinuxError`.
  static func copy(
    _ source: FilePath, to path: FilePath, permissions: FilePermissions = .worldReadable
  ) throws {
    try replace(path, permissions, "copy \(source) to \(path)") { output in
      let input = try FileDescriptor.open(source, .readOnly, options: .closeOnExec)
      defer { try? input.close() }
      try output.copyRest(of: input)
    }
  }

  private static func replace(
    _ path: FilePath, _ permissions: FilePermissions, _ operation: String,
    _ waitsForDisk: Bool = true, _ fill: (FileDescriptor) throws -> Void
  ) throws {
    let partial = FilePath("\(path).partial")
    do {
      unlink(partial.string)
      let file = try FileDescriptor.open(
        partial, .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec, .noFollow],
        permissions: permissions)
      try file.closeAfter {
        try fill(file)
        guard !waitsForDisk || fsync(file.rawValue) == 0 else { throw Errno(rawValue: errno) }
      }
      guard Glibc.rename(partial.string, path.string) == 0 else { throw Errno(rawValue: errno) }
    } catch let error as Errno {
      unlink(partial.string)
      throw LinuxError(operation, error)
    }
  }
}

extension FilePermissions {
  /// rw-r--r--
  static let worldReadable: FilePermissions = [.ownerReadWrite, .groupRead, .otherRead]
}
