import Bindings
import SystemPackage

/// A file that somebody writes to, read as it grows, up to a limit.
struct FollowedFile {
  private let path: FilePath
  private let limitInBytes: Int
  private var offset = 0

  init(_ path: FilePath, _ limitInBytes: Int) {
    self.path = path
    self.limitInBytes = limitInBytes
  }

  /// Whether there was more to read than the limit.
  var isFull: Bool { offset >= limitInBytes }

  /// What was written since the last call; nothing while there is no file.
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
