import Bindings
import Configuration
import Dispatch
import Glibc
import Synchronization
import SystemPackage

/// Runs asynchronous work from the main thread, and cancels it at a signal or after a time limit.
enum TerminationSignals {
  /// Runs `body` to its end. SIGTERM, SIGINT, SIGHUP and the time limit cancel its task.
  ///
  /// - Parameters:
  ///   - limit: the time limit of `body`; nil for none.
  ///   - patience: how long a cancelled `body` may take to end. After that, the function throws
  ///     while `body` still runs, and the process should exit. Nil for no limit.
  ///   - error: called for the error to throw if the time limit is exceeded.
  /// - Throws: `Interruption` after a signal or `error` after the time limit, if `body` throws or
  ///   does not end within `patience`. Otherwise what `body` throws; `LinuxError`.
  static func run<Result: Sendable>(
    limit: Duration? = nil, patience: Duration? = nil,
    orThrow error: () -> any Error = { CancellationError() },
    _ body: @escaping @Sendable () async throws -> Result
  ) throws -> Result {
    let received = Atomic<Int32>(0)
    let outcome = Mutex<Swift.Result<Result, any Error>?>(nil)
    // Signalled when the work ends or a signal arrives.
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

/// The descriptor to which the signal handler writes the number of the signal. A handler may only
/// call async-signal-safe functions.
private let handlerDescriptor = Atomic<Int32>(-1)

/// Turns signals into calls on an ordinary thread. The programs that are started do not inherit
/// handlers, whereas they would inherit blocked or ignored signals.
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
