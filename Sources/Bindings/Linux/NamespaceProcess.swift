import CLinux
import Glibc
import SystemPackage

/// How a process ended.
public enum ProcessEnd: Sendable, Equatable {
  case exited(Int32)
  case signalled(Int32)
}

/// A program in its own mount and PID namespaces, which end with the process that started it.
///
/// Use it on the only thread of a single-threaded process: the kernel ends the namespaces when the
/// thread that created them ends.
public struct NamespaceProcess: Sendable {
  private let processID: pid_t

  /// Starts the program.
  ///
  /// - Parameter arguments: the argument list, including the name of the program as the first
  ///   element.
  /// - Throws: `LinuxError`.
  public init(
    program: FilePath, arguments: [String], environment: [String]
  ) throws(LinuxError) {
    var failure = linux_spawn_failure()
    processID = withMutableCStrings(arguments) { arguments in
      withMutableCStrings(environment) { environment in
        linux_spawn_in_namespaces(program.string, arguments, environment, &failure)
      }
    }
    guard processID > 0 else {
      throw LinuxError(
        "start \(program) in namespaces of its own (\(String(cString: failure.step)))",
        Errno(rawValue: failure.error_number))
    }
  }

  /// Waits until the program ends, and forwards signals to it in the meantime.
  ///
  /// - Returns: how the program ended, and the last signal that was forwarded, if any.
  public func waitForwardingSignals() -> (end: ProcessEnd, forwarded: Int32?) {
    var signals = sigset_t()
    sigemptyset(&signals)
    for signal in [SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGQUIT] { sigaddset(&signals, signal) }
    var old = sigset_t()
    sigprocmask(SIG_BLOCK, &signals, &old)
    defer { sigprocmask(SIG_SETMASK, &old, nil) }
    var forwarded: Int32?
    while true {
      var status: Int32 = 0
      if waitpid(processID, &status, WNOHANG) == processID {
        let signal = status & 0x7f
        return (signal == 0 ? .exited((status >> 8) & 0xff) : .signalled(signal), forwarded)
      }
      var timeout = timespec(tv_sec: 1, tv_nsec: 0)
      let signal = sigtimedwait(&signals, nil, &timeout)
      guard signal > 0, signal != SIGCHLD else { continue }
      forwarded = signal
      kill(processID, signal)
    }
  }
}

private func withMutableCStrings<Result>(
  _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
  let copies = strings.map { strdup($0) } + [nil]
  defer { copies.forEach { free($0) } }
  return copies.withUnsafeBufferPointer { body($0.baseAddress!) }
}
