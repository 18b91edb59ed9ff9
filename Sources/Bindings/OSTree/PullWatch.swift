import CGLib
import CLinux
import COSTree
import Dispatch
import Synchronization

/// A pull that was ended because the server sent no data.
public struct StalledPull: Error, Equatable, Sendable, CustomStringConvertible {
  /// How long the server sent no data.
  public let silence: Duration

  /// `the server sent nothing for 300 seconds`.
  public var description: String {
    "the server sent nothing for \(silence.components.seconds) seconds"
  }
}

/// Ends a pull that is cancelled or receives no more data.
///
/// libostree waits for outstanding responses without a limit, even after a cancellation (tested
/// with 2022.7). Shutting down the connections ends the wait.
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

  /// Starts to watch on a new thread, until `stop()` is called.
  init(_ cancellation: Cancellation, longestSilence: Duration?) {
    self.cancellation = cancellation
    self.longestSilence = longestSilence
    DispatchQueue(label: "pull-watch").async { [self] in
      watch()
      stopped.signal()
    }
  }

  /// Watches `body`.
  ///
  /// - Throws: `StalledPull`; what `body` throws.
  static func watching<Result>(
    _ cancellation: Cancellation, longestSilence: Duration?,
    _ body: (PullWatch) throws -> Result
  ) throws -> Result {
    let watch = PullWatch(cancellation, longestSilence: longestSilence)
    defer { watch.stop() }
    do {
      return try body(watch)
    } catch {
      if let longestSilence, watch.hasStalled { throw StalledPull(silence: longestSilence) }
      throw error
    }
  }

  var hasStalled: Bool { stalled.load(ordering: .relaxed) }

  func stop() {
    stopping.signal()
    stopped.wait()
  }

  /// Records what the pull is waiting for. Called on the thread that runs the main loop of the
  /// pull.
  func loopIterated(_ progress: OpaquePointer) {
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
      // The loop does not run while libostree fetches the summary and while it writes fetched
      // objects to the disk. Writing may take any time.
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

/// Notifies a `PullWatch` of the iterations of a main loop.
final class LoopObserver {
  private static let intervalInMilliseconds: guint = 250

  private let watch: PullWatch
  private let progress: GObjectReference
  private let source = g_timeout_source_new(intervalInMilliseconds)

  /// Must be called on the thread that owns `context`.
  init(of context: OpaquePointer?, _ watch: PullWatch, _ progress: GObjectReference) {
    self.watch = watch
    self.progress = progress
    g_source_set_callback(
      source,
      { pointer in
        guard let pointer else { return 0 }
        let turns = Unmanaged<LoopObserver>.fromOpaque(pointer).takeUnretainedValue()
        turns.watch.loopIterated(turns.progress.pointer)
        return 1
      }, Unmanaged.passUnretained(self).toOpaque(), nil)
    g_source_attach(source, context)
  }

  /// Stops the notifications. Must be called on the same thread as `init`.
  func end() {
    g_source_destroy(source)
    g_source_unref(source)
  }
}

/// The TCP connections of this process, whichever library opened them.
enum Connections {
  /// The bytes that all connections have received. The number grows as long as a server sends data.
  static var receivedBytes: UInt64 { linux_visit_connections(false) }

  /// Shuts down all connections. Readers see the end of the stream.
  static func shutDown() {
    _ = linux_visit_connections(true)
  }
}
