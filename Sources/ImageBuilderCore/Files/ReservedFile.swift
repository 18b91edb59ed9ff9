import Bindings
import Glibc
import SystemPackage

/// A file whose space is allocated in advance, so that it can be written when the disk is full. The
/// space that is not used contains blanks.
struct ReservedFile {
  private static let blank = UInt8(ascii: " ")

  let path: FilePath

  init(_ path: FilePath) {
    self.path = path
  }

  /// Creates the file, or makes it empty.
  ///
  /// - Throws: `LinuxError`.
  func reserve(sizeInBytes: Int, permissions: FilePermissions) throws {
    try FileAccess.write(
      [UInt8](repeating: Self.blank, count: sizeInBytes), to: path, permissions: permissions,
      waitsForDisk: false)
  }

  /// The text in the file; empty if none was written, or if there is no file.
  var text: String { String(decoding: content, as: UTF8.self) }

  private var content: ArraySlice<UInt8> {
    guard let bytes = try? FileAccess.bytes(of: path),
      let last = bytes.lastIndex(where: { $0 != Self.blank })
    else { return [] }
    return bytes[...last]
  }

  /// Adds a text at the end, if the file exists.
  ///
  /// - Returns: whether it was written.
  @discardableResult
  func append(_ text: String) -> Bool {
    write(text, at: content.count, endsFile: false)
  }

  /// Replaces the content, if the file exists, and releases the rest of the space.
  ///
  /// - Returns: whether it was written.
  @discardableResult
  func replace(with text: String) -> Bool {
    write(text, at: 0, endsFile: true)
  }

  private func write(_ text: String, at offset: Int, endsFile: Bool) -> Bool {
    let bytes = Array(text.utf8)
    do {
      let file = try FileDescriptor.open(path, .writeOnly, options: [.closeOnExec, .noFollow])
      try file.closeAfter {
        try file.writeAll(toAbsoluteOffset: Int64(offset), bytes)
        if endsFile, ftruncate(file.rawValue, off_t(offset + bytes.count)) != 0 {
          throw Errno(rawValue: errno)
        }
      }
      return true
    } catch {
      return false
    }
  }
}
