import Bindings
import SystemPackage

/// Reads a file while another process appends to it, up to a limit.
struct FollowedFile {
  private let path: FilePath
  private let limitInBytes: Int
  private var offset = 0

  init(_ path: FilePath, _ limitInBytes: Int) {
    self.path = path
    self.limitInBytes = limitInBytes
  }

  /// Whether the limit has been reached.
  var isFull: Bool { offset >= limitInBytes }

  /// The bytes that have been written since the last call; empty if the file does not exist.
  ///
  /// - Throws: `LinuxError`.
  mutating func newBytes() throws -> [UInt8] {
    var bytes: [UInt8] = []
    do {
      let file = try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
      try file.closeAfter {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while !isFull {
          let wanted = min(buffer.count, limitInBytes - offset)
          let count = try buffer.withUnsafeMutableBytes {
            try file.read(fromAbsoluteOffset: Int64(offset), into: .init(rebasing: $0[..<wanted]))
          }
          if count == 0 { break }
          bytes += buffer[..<count]
          offset += count
        }
      }
    } catch Errno.noSuchFileOrDirectory {
      return []
    } catch let error as Errno {
      throw LinuxError("read \(path)", error)
    }
    return bytes
  }
}
