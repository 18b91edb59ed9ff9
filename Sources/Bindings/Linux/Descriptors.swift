import CLinux
import Glibc
import SystemPackage

extension FileDescriptor {
  /// Creates a pipe with close-on-exec descriptors, which are not inherited by programs.
  ///
  /// - Throws: `LinuxError`.
  public static func privatePipe() throws(LinuxError) -> (
    readEnd: FileDescriptor, writeEnd: FileDescriptor
  ) {
    var descriptors: [Int32] = [0, 0]
    try checkedCall("make a pipe", linux_pipe(&descriptors))
    return (FileDescriptor(rawValue: descriptors[0]), FileDescriptor(rawValue: descriptors[1]))
  }

  /// Copies the rest of `source`, from its current offset to its end, within the kernel.
  ///
  /// - Throws: `Errno`.
  public func copyRest(of source: FileDescriptor) throws(Errno) {
    while true {
      let count = linux_copy_range(source.rawValue, rawValue, 1 << 30)
      guard count >= 0 else { throw Errno(rawValue: errno) }
      if count == 0 { return }
    }
  }
}
