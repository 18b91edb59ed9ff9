import Bindings
import Configuration
import Dispatch
import Glibc
import Synchronization
import SystemPackage

/// Runs asynchronous work from the main thread and ends it early when a signal asks for that.
enum TerminationSignals {
  /// Runs `body` to its end. SIGTERM, SIGINT, SIGHUP and the end of its time cancel its task.
  ///
  /// - Parameters:
  ///   - limit: how long `body` may take; nil is for ever.
  ///   - patience: how long a cancelled `body` may take to end; then it is left to itself, and the
  ///     process had better end. Nil is for ever.
  ///   - error: asked for when the time is up.
  /// - Throws: `Interruption` when `body` threw after a signal, `error` when it threw after its
  ///   time; what `body` throws otherwise.
  static func run<Result: Sendable>(
    limit: Duration? = nil, patience: Duration? = nil,
    orThrow error: () -> any Error = { CancellationError() },
    _ body: @escaping @Sendable () async throws -> Result
  ) throws -> Result {
    let received = Atomic<Int32>(0)
    let outcome = Mutex<Swift.Result<Result, any Error>?>(nil)
    // The end of the work, or a signal.
    let event = DispatchSemaphore(value: 0)
    let task = Task.detached {
      let result: Swift.Result<Result, any Error>
      do { result = .success(try await body()) } catch { result = .failure(error) }
      outcome.withLock { $0 = result }
      event.signal()
    }
    let watch = try SignalPipe { signal in
      received.store(signal, ordering: .relaxed)
      task.cancel()
      event.signal()
    }
    var reason: (any Error)?
    var deadline = limit.map(time) ?? .distantFuture
    while outcome.withLock({ $0 == nil }) {
      let isOutOfTime = event.wait(timeout: deadline) == .timedOut
      if let reason {
        if isOutOfTime { throw reason }
        continue
      }
      let signal = received.load(ordering: .relaxed)
      guard isOutOfTime || signal != 0 else { continue }
      reason = signal == 0 ? error() : Interruption(signal: signal)
      task.cancel()
      deadline = patience.map(time) ?? .distantFuture
    }
    withExtendedLifetime(watch) {}
    do {
      return try outcome.withLock { $0! }.get()
    } catch {
      let signal = received.load(ordering: .relaxed)
      throw reason ?? (signal == 0 ? error : Interruption(signal: signal))
    }
  }

  private static func time(_ duration: Duration) -> DispatchTime {
    .now() + .milliseconds(Int(duration / .milliseconds(1)))
  }
}

/// Where the signal handler, which may do next to nothing, writes the signal's number.
private let handlerDescriptor = Atomic<Int32>(-1)

/// Turns signals into calls on an ordinary thread. Handlers, unlike blocked or ignored signals,
/// are not inherited by the programs that are started meanwhile.
private final class SignalPipe: Sendable {
  init(_ receive: @escaping @Sendable (Int32) -> Void) throws {
    let (readEnd, writeEnd) = try FileDescriptor.privatePipe()
    handlerDescriptor.store(writeEnd.rawValue, ordering: .sequentiallyConsistent)
    DispatchQueue(label: "signals").async {
      var signal: UInt8 = 0
      while read(readEnd.rawValue, &signal, 1) == 1 { receive(Int32(signal)) }
      try? readEnd.close()
    }
    for signal in [SIGTERM, SIGINT, SIGHUP] {
      Glibc.signal(signal) { number in
        var byte = UInt8(truncatingIfNeeded: number)
        _ = write(handlerDescriptor.load(ordering: .relaxed), &byte, 1)
      }
    }
  }

  deinit {
    for signal in [SIGTERM, SIGINT, SIGHUP] { Glibc.signal(signal, SIG_DFL) }
    close(handlerDescriptor.exchange(-1, ordering: .sequentiallyConsistent))
  }
}
