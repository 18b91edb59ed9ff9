import Bindings
import Glibc
import SystemPackage

/// Reads and writes whole files.
enum FileAccess {
  /// The content of a file as text. Bytes that are not UTF-8 are replaced.
  ///
  /// - Throws: `LinuxError`.
  static func text(of path: FilePath) throws -> String {
    String(decoding: try bytes(of: path), as: UTF8.self)
  }

  /// Writes a file atomically: its name refers to the old or to the complete new content.
  ///
  /// - Parameter waitsForDisk: whether this also holds after a power failure.
  /// - Throws: `LinuxError`.
  static func write(
    _ text: String, to path: FilePath, permissions: FilePermissions = .worldReadable,
    waitsForDisk: Bool = true
  ) throws {
    try write(Array(text.utf8), to: path, permissions: permissions, waitsForDisk: waitsForDisk)
  }

  /// Writes bytes in the same way.
  ///
  /// - Throws: `LinuxError`.
  static func write(
    _ bytes: [UInt8], to path: FilePath, permissions: FilePermissions = .worldReadable,
    waitsForDisk: Bool = true
  ) throws {
    try replace(path, permissions, "write \(path)", waitsForDisk) { try $0.writeAll(bytes) }
  }

  /// The content of a file.
  ///
  /// - Throws: `LinuxError`.
  static func bytes(of path: FilePath) throws -> [UInt8] {
    do {
      let file = try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
      return try file.closeAfter { try file.readToEnd() }
    } catch let error as Errno {
      throw LinuxError("read \(path)", error)
    }
  }

  /// The first `sizeInBytes` bytes of a file, or all of a shorter file.
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

  /// The size of a file.
  ///
  /// - Throws: `LinuxError`.
  static func sizeInBytes(of path: FilePath) throws -> UInt64 {
    var status = stat()
    guard stat(path.string, &status) == 0 else {
      throw LinuxError("look at \(path)", Errno(rawValue: errno))
    }
    return UInt64(status.st_size)
  }

  /// Renames a file. An existing file with the new name is replaced.
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

  /// Copies the content of a file, but no attributes. The new name appears when the copy is
  /// complete.
  ///
  /// - Parameter waitsForDisk: whether this also holds after a power failure.
  /// - Throws: `LinuxError`.
  static func copy(
    _ source: FilePath, to path: FilePath, permissions: FilePermissions = .worldReadable,
    waitsForDisk: Bool = true
  ) throws {
    try replace(path, permissions, "copy \(source) to \(path)", waitsForDisk) { output in
      let input = try FileDescriptor.open(source, .readOnly, options: .closeOnExec)
      defer { try? input.close() }
      try output.copyRest(of: input)
    }
  }

  /// Gives a file a second name. A symbolic link is followed. Where the filesystem has no hard links, and between filesystems, the
  /// file is copied instead; the copy shares the data if it can.
  ///
  /// - Throws: `LinuxError`, also if `name` exists.
  static func link(_ path: FilePath, to name: FilePath) throws {
    guard linkat(AT_FDCWD, path.string, AT_FDCWD, name.string, AT_SYMLINK_FOLLOW) != 0 else {
      return
    }
    let errno = Errno(rawValue: Glibc.errno)
    guard [.improperLink, .notPermitted, .tooManyLinks, .notSupportedOnSocket].contains(errno)
    else {
      throw LinuxError("link \(path) to \(name)", errno)
    }
    try copy(path, to: name)
  }

  private static func replace(
    _ path: FilePath, _ permissions: FilePermissions, _ operation: String,
    _ waitsForDisk: Bool, _ fill: (FileDescriptor) throws -> Void
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

extension FileDescriptor {
  /// Reads what is left of a file, or a pipe until its end.
  ///
  /// - Throws: `Errno`.
  func readToEnd() throws -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = try buffer.withUnsafeMutableBytes({ try read(into: $0) }), count > 0 {
      bytes += buffer[..<count]
    }
    return bytes
  }
}

extension FilePermissions {
  /// rw-r--r--
  static let worldReadable: FilePermissions = [.ownerReadWrite, .groupRead, .otherRead]
}
