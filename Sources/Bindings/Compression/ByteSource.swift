import SystemPackage

/// Compressed bytes that are not what they should be.
public struct UnpackingError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The library's own words, or ours where it has none.
  public let description: String

  /// An error with these words.
  public init(_ description: String) {
    self.description = description
  }
}

/// Gives bytes from a beginning to an end.
public protocol ByteSource {
  /// Puts the next bytes into `buffer`, which is not empty.
  ///
  /// - Returns: how many; none at the end.
  /// - Throws: `Errno`; of compressed files `UnpackingError`, also when they end too early or go on
  ///   behind the end.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int
}

extension FileDescriptor: ByteSource {
  /// What read(2) gives, which may be less than there is room for.
  public func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    try read(into: buffer, retryOnInterrupt: true)
  }
}

/// A compressed file as an unpacker reads it.
final class PackedInput {
  /// What was read and is not used yet.
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

  /// Reads on when all is used.
  ///
  /// - Returns: whether there is anything.
  func fill() throws -> Bool {
    guard unused.isEmpty else { return true }
    unused = UnsafeRawBufferPointer(rebasing: buffer[..<(try file.read(into: buffer))])
    return !unused.isEmpty
  }

  func use(_ count: Int) {
    unused = UnsafeRawBufferPointer(rebasing: unused[count...])
  }
}
