import Bindings
import Dispatch
import Glibc
import Synchronization
import SystemPackage

/// The process was asked to end, and what it ran has ended.
public struct Interruption: Error, Equatable, Sendable {
  /// SIGTERM, SIGINT or SIGHUP.
  public let signal: Int32
}

/// Runs asynchronous work from the main thread and ends it early when a signal asks for that.
public enum TerminationSignals {
  /// Runs `body` to its end. SIGTERM, SIGINT and SIGHUP cancel its task.
  ///
  /// - Throws: `Interruption` when `body` threw after a signal; what `body` throws otherwise.
  public static func run<Result: Sendable>(
    _ body: @escaping @Sendable () async throws -> Result
  ) throws -> Result {
    let received = Atomic<Int32>(0)
    let outcome = Mutex<Swift.Result<Result, any Error>?>(nil)
    let done = DispatchSemaphore(value: 0)
    let task = Task.detached {
      let result: Swift.Result<Result, any Error>
      do { result = .success(try await body()) } catch { result = .failure(error) }
      outcome.withLock { $0 = result }
      done.signal()
    }
    let watch = try SignalPipe { signal in
      received.store(signal, ordering: .relaxed)
      task.cancel()
    }
    done.wait()
    withExtendedLifetime(watch) {}
    do {
      return try outcome.withLock { $0! }.get()
    } catch {
      let signal = received.load(ordering: .relaxed)
      throw signal == 0 ? error : Interruption(signal: signal)
    }
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
