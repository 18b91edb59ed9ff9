import Bindings
import Configuration
import Glibc
import SystemPackage

/// What is asked of the first block of an ext4 filesystem (linux, fs/ext4/ext4.h).
struct Superblock {
  /// The inode of the root directory.
  static let rootInode: UInt32 = 2

  /// The inodes in use from the first one that is not reserved, when they have no gaps.
  let ordinaryInodes: ClosedRange<UInt32>
  let blocks: UInt64
  let freeBlocks: UInt64
  /// Free blocks that only root may fill.
  let reservedBlocks: UInt64

  /// Reads the superblock of a filesystem inside an image.
  ///
  /// - Throws: `DiskError.unexpectedOutput` when there is none; `Errno`.
  init(of image: FilePath, at offsetInBytes: UInt64) throws {
    let file = try FileDescriptor.open(image, .readOnly, options: [.closeOnExec])
    defer { try? file.close() }
    let bytes = try [UInt8](unsafeUninitializedCapacity: 1024) {
      $1 = try file.read(
        fromAbsoluteOffset: Int64(offsetInBytes) + 1024, into: UnsafeMutableRawBufferPointer($0))
    }
    func field(_ offset: Int) -> UInt32 {
      bytes[offset..<(offset + 4)].reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }
    guard bytes.count == 1024, bytes[0x38] == 0x53, bytes[0x39] == 0xEF else {
      throw DiskError.unexpectedOutput(tool: "mke2fs", "\(image) holds no ext4 filesystem")
    }
    let (total, free, first) = (field(0x00), field(0x10), field(0x54))
    guard free < total, first <= total - free else {
      throw DiskError.unexpectedOutput(tool: "mke2fs", "\(free) of \(total) inodes are free")
    }
    ordinaryInodes = first...(total - free)
    blocks = UInt64(field(0x150)) << 32 | UInt64(field(0x04))
    reservedBlocks = UInt64(field(0x154)) << 32 | UInt64(field(0x08))
    freeBlocks = UInt64(field(0x158)) << 32 | UInt64(field(0x0c))
  }
}
