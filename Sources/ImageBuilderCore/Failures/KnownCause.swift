/// The causes of failures that are recognised, with what to do about them. To add a cause, add a
/// case, its texts, and the phrases with which programs report it.
enum KnownCause: String, CaseIterable, Codable, Sendable {
  case noSpace = "no_space"
  case expiredKey = "expired_key"
  case nameResolution = "name_resolution"
  case refusedCredentials = "refused_credentials"
  case hostKey = "host_key"
  case missingInterpreter = "missing_interpreter"
  case timeOut = "time_out"
  case outOfMemory = "out_of_memory"
  case killedForMemory = "killed_for_memory"
  case killed = "killed"

  /// The cause, and what to do. Errors that know more say it in their own words.
  var text: String {
    switch self {
    case .noSpace: "a filesystem has no space left; free space there"
    case .expiredKey:
      "a key has expired or was revoked; extend it (gpg --quick-set-expire FINGERPRINT 1y) and "
        + "import it again, or use another key"
    case .nameResolution:
      "the name of a host was not found; check the name, and the host's resolver (getent hosts NAME)"
    case .refusedCredentials:
      "a server refused the credentials; check the key, the password or the token, and what its "
        + "account may do"
    case .hostKey:
      "the key of an ssh host is unknown or has changed; compare its fingerprint with one from the "
        + "host's administrator, and add it to known_hosts in build:sysconfdir"
    case .missingInterpreter:
      "a script names an interpreter that is not installed; install it, or correct the script's "
        + "first line"
    case .timeOut: "a time limit was reached, or a server did not answer in time"
    case .outOfMemory:
      "a program was refused the memory that it asked for; give the build more memory, or raise the "
        + "limit (ulimit -v)"
    case .killedForMemory:
      "signal 9 ended a program while the kernel was ending programs of this host for lack of memory "
        + "(see dmesg); give the host or the container of the build more memory, or run fewer builds "
        + "side by side"
    case .killed:
      "signal 9 (SIGKILL) ended a program. No part of a build sends it to a running stage, and the "
        + "kernel has ended no program of this host for lack of memory meanwhile"
    }
  }

  /// What programs write, in lower case.
  var phrases: [String] {
    switch self {
    case .noSpace:
      // The last is libostree's.
      ["no space left on device", "disk quota exceeded", "would be exceeded, at least"]
    case .expiredKey:
      [
        "unusable secret key", "key expired", "key has expired", "expired key", "keyexpired",
        "expired signature", "signature has expired", "expkeysig",
      ]
    case .nameResolution:
      [
        "could not resolve host", "couldn't resolve host", "could not resolve '",
        "unable to resolve host", "name or service not known", "name does not resolve",
        "temporary failure in name resolution", "temporary failure resolving", "eai_again",
        "no address associated with hostname", "failed to lookup address", "no such host",
      ]
    case .refusedCredentials:
      [
        "permission denied (publickey", "permission denied (password", "authentication failed",
        "too many authentication failures", "access denied", "invalidaccesskeyid",
        "signaturedoesnotmatch", "expiredtoken", "(accessdenied)", "returned error: 401",
        "returned error: 403", "http error 401", "http error 403", "unauthorized",
        "invalid username/password",
      ]
    case .hostKey:
      [
        "host key verification failed", "remote host identification has changed",
        "host key is known for",
      ]
    case .missingInterpreter:
      [
        "bad interpreter", "cannot execute: required file not found", "/usr/bin/env: ‘",
        "/usr/bin/env: '",
      ]
    case .timeOut:
      [
        "timed out", "timeout in data send/receive", "io timeout after", "operation too slow",
        "connection timeout", "gateway timeout", "i/o timeout",
      ]
    case .outOfMemory:
      [
        "cannot allocate memory", "memoryerror", "std::bad_alloc", "out of memory",
        "memory exhausted", "not enough memory", "xrealloc: cannot allocate",
        "xmalloc: cannot allocate",
      ]
    case .killedForMemory, .killed: []
    }
  }

  /// The cause in the last line that has a phrase of one.
  ///
  /// - Parameter lines: the output of a program, oldest first. Traces of bash are not considered:
  ///   they show the text of commands.
  static func find(in lines: [String]) -> KnownCause? {
    for line in lines.reversed() where !BashTrace.resembles(line) {
      let line = line.lowercased()
      let found = allCases.first { cause in cause.phrases.contains { line.contains($0) } }
      if let found { return found }
    }
    return nil
  }
}
