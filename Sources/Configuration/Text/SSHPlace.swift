/// A directory on a host that ssh reaches: `USER@HOST:DIRECTORY`.
package struct SSHPlace: Sendable, Equatable, CustomStringConvertible {
  package static let accepted =
    "USER@HOST:DIRECTORY, the directory absolute or relative to that user's home, of valid UTF-8 "
    + "without control characters; a port is an option of ssh (build:ssh_options = -p PORT)"

  package let user: String
  /// A name or an address. An IPv6 address is in brackets.
  package let host: String
  package let directory: String

  /// Returns nil if the text is not a place. Nothing in it can be taken for an option of ssh or rsync.
  package init?(_ text: String) {
    guard
      let match = text.wholeMatch(of: #/([^@:\/\s]+)@(\[[0-9A-Fa-f:.%]+\]|[^@:\/\s\[\]]+):(.+)/#)
    else { return nil }
    let (user, host, directory) = (String(match.1), String(match.2), String(match.3))
    guard !user.hasPrefix("-"), !host.hasPrefix("-"), PathSyntax.isUsable(text),
      // "host::name" is a daemon of rsync, and no shell expands "~".
      !directory.hasPrefix(":"), !directory.hasPrefix("~"), !directory.hasPrefix("-")
    else { return nil }
    self.user = user
    self.host = host
    self.directory = directory
  }

  /// `USER@HOST`, for ssh, which takes an IPv6 address without brackets.
  package var login: String { "\(user)@\(host.trimmingPrefix("[").filter { $0 != "]" })" }
  package var description: String { "\(user)@\(host):\(directory)" }
}
