import CGLib
import CLinux
import COSTree
import Dispatch
import Synchronization

/// A server from which nothing came any more.
public struct StalledPull: Error, Equatable, Sendable, CustomStringConvertible {
  /// How long nothing came.
  public let silence: Duration

  /// `the server sent nothing for 300 seconds`.
  public var description: String {
    "the server sent nothing for \(silence.components.seconds) seconds"
  }
}

/// Ends a pull that is cancelled or gets nothing any more.
///
/// libostree waits without a limit for the answers to what it has asked for, in a cancelled pull
/// too (2022.7 was tried). So the connections are shut down, which ends the waiting.
final class PullWatch: Sendable {
  private static let intervalInMilliseconds = 500

  private struct Loop {
    var turns: UInt64 = 0
    var waitsForServer = true
  }

  private let cancellation: Cancellation
  private let longestSilence: Duration?
  private let loop = Mutex(Loop())
  private let stalled = Atomic(false)
  private let stopping = DispatchSemaphore(value: 0)
  private let stopped = DispatchSemaphore(value: 0)

  /// Begins to watch, on a thread of its own, until `stop()`.
  init(_ cancellation: Cancellation, longestSilence: Duration?) {
    self.cancellation = cancellation
    self.longestSilence = longestSilence
    DispatchQueue(label: "pull-watch").async { [self] in
      watch()
      stopped.signal()
    }
  }

  var hasStalled: Bool { stalled.load(ordering: .relaxed) }

  func stop() {
    stopping.signal()
    stopped.wait()
  }

  /// Tells, from the thread that turns the main loop of a pull, what it is waiting for.
  func loopTurned(_ progress: OpaquePointer) {
    func count(_ name: String) -> UInt32 { ostree_async_progress_get_uint(progress, name) }
    let hasBegun = ostree_async_progress_get_uint64(progress, "start-time") > 0
    let waits =
      count("outstanding-writes") == 0 && (!hasBegun || count("outstanding-fetches") > 0)
    loop.withLock {
      $0.turns += 1
      $0.waitsForServer = waits
    }
  }

  private func watch() {
    var silence = Duration.zero
    var (turns, received) = (UInt64(0), Connections.receivedBytes)
    while stopping.wait(timeout: .now() + .milliseconds(Self.intervalInMilliseconds)) == .timedOut {
      let (before, loop) = (received, loop.withLock { $0 })
      received = Connections.receivedBytes
      // The loop does not turn yet while the summary is fetched, and no more while what was fetched
      // is written to the disk, which may take its time.
      let isTurning = loop.turns == 0 || loop.turns != turns
      turns = loop.turns
      if received != before {
        silence = .zero
      } else if isTurning && loop.waitsForServer {
        silence += .milliseconds(Self.intervalInMilliseconds)
      }
      if let longestSilence, silence >= longestSilence {
        stalled.store(true, ordering: .relaxed)
        cancellation.cancel()
      }
      if cancellation.isCancelled { Connections.shutDown() }
    }
  }
}

/// Has a `PullWatch` told of the turns of a main loop.
final class LoopTurns {
  private static let intervalInMilliseconds: guint = 250

  private let watch: PullWatch
  private let progress: GObjectReference
  private let source = g_timeout_source_new(intervalInMilliseconds)

  /// On the thread that `context` is the main context of.
  init(of context: OpaquePointer?, _ watch: PullWatch, _ progress: GObjectReference) {
    self.watch = watch
    self.progress = progress
    g_source_set_callback(
      source,
      { pointer in
        guard let pointer else { return 0 }
        let turns = Unmanaged<LoopTurns>.fromOpaque(pointer).takeUnretainedValue()
        turns.watch.loopTurned(turns.progress.pointer)
        return 1
      }, Unmanaged.passUnretained(self).toOpaque(), nil)
    g_source_attach(source, context)
  }

  /// Ends it, on the same thread.
  func end() {
    g_source_destroy(source)
    g_source_unref(source)
  }
}

/// The TCP connections of this process, whichever library made them.
enum Connections {
  /// What they have received until now; it grows while a server sends anything at all.
  static var receivedBytes: UInt64 { linux_visit_connections(false) }

  /// Ends them all: whoever reads from one sees its end.
  static func shutDown() {
    _ = linux_visit_connections(true)
  }
}
