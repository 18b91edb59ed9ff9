import Configuration
import FoundationEssentials
import SystemPackage

/// The reason why a destination on another host cannot be used.
struct SSHProblem: ExitStatusError, CustomStringConvertible {
  enum Reason: Sendable, Equatable {
    /// build:ssh_options would accept a host that nobody has checked.
    case uncheckedHosts
    case unknownHost(host: String, port: String?, knownHosts: FilePath)
    case changedHost([String], knownHosts: FilePath)
    case refusedCredentials([String], key: FilePath)
    /// Programs that the host lacks.
    case missingTools([String])
    case full([String])
    /// The lines say why.
    case failed([String])
  }

  let place: SSHPlace
  let reason: Reason
  /// Whether another try may succeed.
  private(set) var isTransient = false

  init(_ place: SSHPlace, _ reason: Reason) {
    self.place = place
    self.reason = reason
  }

  /// Recognises why ssh, rsync or a script failed.
  init(_ place: SSHPlace, _ failure: CommandFailure, _ systemDirectory: FilePath) {
    let knownHosts = systemDirectory.appending("known_hosts")
    let lines = failure.lastLines.filter { line in
      // What rsync prints of its progress.
      line.prefixMatch(of: #/ *\d+ +\d+% /#) == nil && !line.isEmpty
    }
    let text = lines.joined(separator: "\n")
    self.place = place
    if text.contains("REMOTE HOST IDENTIFICATION HAS CHANGED") {
      let fingerprints = lines.filter { $0.hasPrefix("SHA256:") }
      reason = .changedHost(fingerprints, knownHosts: knownHosts)
    } else if text.contains("Host key verification failed") {
      let named = text.firstMatch(of: #/host key is known for \[?([^\] ]+?)(?:\]:(\d+))? and/#)
      reason = .unknownHost(
        host: named.map { String($0.1) } ?? place.host, port: named?.2.map(String.init),
        knownHosts: knownHosts)
    } else if text.contains("Permission denied (") || text.contains("UNPROTECTED PRIVATE KEY") {
      reason = .refusedCredentials(lines, key: systemDirectory.appending("ssh-key.pem"))
    } else if KnownCause.find(in: lines) == .noSpace {
      reason = .full(lines)
    } else if lines.contains(where: { $0.contains("rsync: ") && $0.contains("not found") }) {
      reason = .missingTools(["rsync"])
    } else {
      reason = .failed(lines.isEmpty ? [failure.reason.sentence] : lines)
      isTransient = Self.isTransient(failure.reason)
    }
  }

  /// ssh ends with 255 where the connection fails; the others are rsync's for sockets, the protocol,
  /// a stream that ends early, and time-outs (rsync(1)).
  private static func isTransient(_ reason: CommandFailure.Reason) -> Bool {
    if case .exited(let status) = reason { [255, 10, 12, 30, 35].contains(status) } else { false }
  }

  var exitStatus: ExitStatus {
    if case .uncheckedHosts = reason { .dataError } else { .unavailable }
  }

  var description: String {
    let start = "\(place) (publish:ssh) cannot be used: "
    switch reason {
    case .uncheckedHosts:
      return "build:ssh_options sets StrictHostKeyChecking to something else than yes or ask, but "
        + "publish:ssh publishes only to a host whose key is known; remove that option, and add the "
        + "host to known_hosts in build:sysconfdir"
    case .unknownHost(let host, let port, let file):
      let scan =
        "ssh-keyscan \(port.map { "-p \($0) " } ?? "")\(host) >>\(shellQuoted(file.string))"
      return start + "the key of the host is not in \(file). Add it:\n    \(scan)\n  then compare "
        + "its fingerprint (ssh-keygen -l -f \(shellQuoted(file.string))) with the one that the "
        + "administrator of the host tells you"
    case .changedHost(let fingerprints, let file):
      return start + "the host has another key than the one in \(file): "
        + "\(fingerprints.joined(separator: " ")) Somebody may be in between. Ask the administrator "
        + "of the host for the fingerprint of its key before you replace the old one there"
    case .refusedCredentials(let lines, let key):
      return start + Self.advice(of: key, place.user) + Self.listed(lines)
    case .missingTools(let tools):
      return start + "the host has no \(tools.joined(separator: ", no ")), which publishing needs: "
        + "install the packages rsync, coreutils and util-linux (flock) there"
    case .full(let lines):
      return start + "its filesystem is full" + Self.listed(lines)
    case .failed(let lines): return start + "it failed" + Self.listed(lines)
    }
  }

  private static func advice(of key: FilePath, _ user: String) -> String {
    guard Directories.exists(key) else {
      return "there is no key \(key); make one: ssh-keygen -t ed25519 -N '' -f "
        + "\(shellQuoted(key.string)), and put its public part into .ssh/authorized_keys of \(user)"
    }
    guard !hasPassphrase(key) else {
      return "the key \(key) has a passphrase, which nobody enters during a build; remove it: "
        + "ssh-keygen -p -N '' -f \(shellQuoted(key.string))"
    }
    return
      "the host refused the key \(key) for the user \(user); see that this user exists there, put "
      + "the public part of the key into its .ssh/authorized_keys, and see that only root can read the "
      + "key"
  }

  /// Whether a private key is encrypted: OpenSSH's own format names the cipher after its magic
  /// (PROTOCOL.key in OpenSSH's sources), PEM has a header.
  private static func hasPassphrase(_ key: FilePath) -> Bool {
    guard let text = try? FileAccess.text(of: key) else { return false }
    let body = text.split(separator: "\n").dropFirst().prefix { !$0.hasPrefix("-") }.joined()
    guard text.contains("BEGIN OPENSSH PRIVATE KEY") else { return text.contains("ENCRYPTED") }
    let unencrypted = Array("openssh-key-v1\0\0\0\0\u{4}none".utf8)
    return Data(base64Encoded: body).map { !$0.starts(with: unencrypted) } ?? false
  }

  private static func listed(_ lines: [String]) -> String {
    lines.isEmpty
      ? "" : ":" + lines.suffix(Failure.reportedLines).map { "\n    \(visible($0))" }.joined()
  }
}

extension SSHProblem: TransientError {
  var retryAfter: Duration? { nil }
}

extension SSHProblem: DetailedError {
  func describe(to failure: inout Failure) {
    switch reason {
    case .unknownHost, .changedHost: failure.cause = Failure.Cause(.hostKey, nil)
    case .refusedCredentials: failure.cause = Failure.Cause(.refusedCredentials, nil)
    case .full:
      failure.cause = Failure.Cause(
        .noSpace, "the filesystem of \(place) is full; free space there")
    case .uncheckedHosts, .missingTools, .failed: break
    }
  }
}
