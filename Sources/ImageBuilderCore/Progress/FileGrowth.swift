import Dispatch
import Glibc
import SystemPackage

/// Reports the allocated size of files every second while they are written.
struct FileGrowth {
  private let timer: any DispatchSourceTimer

  init(of files: [FilePath], report: @escaping @Sendable (UInt64) -> Void) {
    timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "file-growth"))
    timer.setEventHandler { report(Self.allocatedBytes(files)) }
    timer.schedule(deadline: .now() + 1, repeating: 1)
    timer.resume()
  }

  func stop() {
    timer.cancel()
  }

  /// Returns the total size of files in bytes, without holes. Missing files count as empty.
  static func allocatedBytes(_ files: [FilePath]) -> UInt64 {
    files.reduce(0) { sum, path in
      var status = stat()
      // st_blocks is in units of 512 bytes on all filesystems (stat(2)).
      return lstat(path.string, &status) == 0 ? sum + UInt64(status.st_blocks) * 512 : sum
    }
  }
}
