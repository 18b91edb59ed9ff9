import Synchronization
import SystemPackage

/// How much a step writes to files.
struct WriteMeter: Sendable {
  /// The parts of this process's stage that run, and how many have begun.
  private static let parts = Mutex((running: 0, begun: 0))

  private let level: Step.Level
  private let files: [FilePath]
  private let before: UInt64?
  private let partsBefore: (running: Int, begun: Int)

  /// - Parameter files: all that the step writes, when that is known.
  init(_ level: Step.Level, files: [FilePath]) {
    self.level = level
    self.files = files
    before = Self.countedBytes()
    partsBefore = Self.parts.withLock { parts in
      defer { if level == .step { parts = (parts.running + 1, parts.begun + 1) } }
      return parts
    }
  }

  /// To be called once, at the step's end.
  ///
  /// - Returns: nil where the kernel does not count, and for one of two parts that ran at a time,
  ///   since the kernel does not tell them apart.
  func end() -> UInt64? {
    let ranAlone = Self.parts.withLock { parts in
      guard level == .step else { return true }
      parts.running -= 1
      return partsBefore.running == 0 && parts.begun == partsBefore.begun + 1
    }
    if !files.isEmpty { return FileGrowth.allocatedBytes(files) }
    guard ranAlone, let before, let now = Self.countedBytes() else { return nil }
    return now - before
  }

  /// What this process and the programs that it has waited for have written: bytes of pages that
  /// became dirty or were written around the page cache (proc(5), /proc/PID/io); a tmpfs has none. The
  /// kernel adds those of a child when it is waited for, so what was left running is not in it.
  private static func countedBytes() -> UInt64? {
    let name = "write_bytes: "
    return try? FileAccess.text(of: "/proc/self/io").split(separator: "\n")
      .first { $0.hasPrefix(name) }
      .flatMap { UInt64($0.dropFirst(name.count)) }
  }
}
