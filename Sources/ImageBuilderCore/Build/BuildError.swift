import Configuration
import SystemPackage

/// A problem with the process of a build.
enum BuildError: ExitStatusError, CustomStringConvertible {
  case notRoot
  case locked(FilePath, timeout: Duration, alternative: String)
  case killed(signal: Int32, FilePath)
  case configurationChanged(lock: FilePath)

  var exitStatus: ExitStatus {
    switch self {
    case .notRoot: .unavailable
    case .locked, .configurationChanged: .temporaryFailure
    case .killed(let signal, _): .signal(signal)
    }
  }

  var description: String {
    switch self {
    case .notRoot:
      "a build must run as root (it mounts, changes owners and writes its cache); "
        + "run it with sudo. --show-config and the other options that only read need no root"
    case .locked(let path, let timeout, let alternative):
      "another build has held the lock \(path) for the \(timeout.components.seconds) s "
        + "that --lock-timeout allows; wait for it, or \(alternative)"
    case .killed(let signal, let directory):
      "signal \(signal) ended the build's main process, and with it all others; no part of a "
        + "build sends it. When memory is short the kernel does (see dmesg). \(directory) is kept"
    case .configurationChanged(let lock):
      "the configuration was changed while this build waited for the lock \(lock); "
        + "start the build again"
    }
  }
}
