import Dispatch
import Glibc
import SystemPackage

/// Tells once a second how much of a file there is, without the holes.
struct FileGrowth {
  private let timer: any DispatchSourceTimer

  init(of path: FilePath, report: @escaping @Sendable (UInt64) -> Void) {
    timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "file-growth"))
    timer.setEventHandler {
      var status = stat()
      // st_blocks has units of 512 bytes on every filesystem (stat(2)).
      if lstat(path.string, &status) == 0 { report(UInt64(status.st_blocks) * 512) }
    }
    timer.schedule(deadline: .now() + 1, repeating: 1)
    timer.resume()
  }

  func stop() {
    timer.cancel()
  }
}
