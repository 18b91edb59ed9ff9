import Glibc

/// Calls `body`, in which a write to a pipe that nobody reads is an error (`Errno.brokenPipe`) and
/// does not end the process. `body` must not leave the thread.
///
/// - Throws: what `body` throws.
public func withoutPipeSignal<Result>(_ body: () throws -> Result) rethrows -> Result {
  var pipe = sigset_t()
  var before = sigset_t()
  sigemptyset(&pipe)
  sigaddset(&pipe, SIGPIPE)
  pthread_sigmask(SIG_BLOCK, &pipe, &before)
  defer {
    // A signal that is pending would be delivered as soon as it is not blocked any more.
    var noTime = timespec()
    if sigismember(&before, SIGPIPE) == 0 { while sigtimedwait(&pipe, nil, &noTime) > 0 {} }
    pthread_sigmask(SIG_SETMASK, &before, nil)
  }
  return try body()
}
