import SystemPackage

/// A compressed file that is damaged or not in the expected format.
public struct UnpackingError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The message of the library, or this program's own if the library has none.
  public let description: String

  /// Creates an error with a message.
  public init(_ description: String) {
    self.description = description
  }
}

/// A source of bytes that is read once, from beginning to end.
public protocol ByteSource {
  /// Reads the next bytes into `buffer`, which must not be empty.
  ///
  /// - Returns: the number of bytes read; 0 at the end.
  /// - Throws: `Errno`. Unpackers also throw `UnpackingError`, for example if the file is truncated
  ///   or has data after its end.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int
}

extension FileDescriptor: ByteSource {
  /// Reads with read(2), which may return fewer bytes than the buffer can hold.
  public func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    try read(into: buffer, retryOnInterrupt: true)
  }
}

/// The buffered input of an unpacker.
final class PackedInput {
  /// The bytes that have been read from the file but not used.
  private(set) var unused: UnsafeRawBufferPointer
  private let file: FileDescriptor
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)

  init(_ file: FileDescriptor) {
    self.file = file
    unused = UnsafeRawBufferPointer(rebasing: buffer[..<0])
  }

  deinit {
    buffer.deallocate()
  }

  /// Reads more bytes if all of `unused` has been used.
  ///
  /// - Returns: whether there are unused bytes; false at the end of the file.
  func fill() throws -> Bool {
    guard unused.isEmpty else { return true }
    unused = UnsafeRawBufferPointer(rebasing: buffer[..<(try file.read(into: buffer))])
    return !unused.isEmpty
  }

  func use(_ count: Int) {
    unused = UnsafeRawBufferPointer(rebasing: unused[count...])
  }
}
