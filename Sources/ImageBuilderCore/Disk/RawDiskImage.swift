import Configuration
import SystemPackage

/// A file that holds a disk image as it is on a disk.
struct RawDiskImage: Sendable {
  let path: FilePath
  let sizeInBytes: UInt64
}
