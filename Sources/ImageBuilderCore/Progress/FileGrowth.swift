import Dispatch
import Glibc
import SystemPackage

/// Tells once a second how much there is of files that are being written.
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

  /// The size of files without their holes; those that do not exist have none.
  static func allocatedBytes(_ files: [FilePath]) -> UInt64 {
    files.reduce(0) { sum, path in
      var status = stat()
      // st_blocks has units of 512 bytes on every filesystem (stat(2)).
      return lstat(path.string, &status) == 0 ? sum + UInt64(status.st_blocks) * 512 : sum
    }
  }
}
