/// A value that decides who may log in. Each has a format of its own, and none is repeated in a
/// message, because it may be a secret.
package enum LoginValue: Sendable {
  /// The name of a user.
  case userName
  /// A password hash, as in shadow(5).
  case passwordHash
  /// Public keys, as in authorized_keys (sshd(8)).
  case authorizedKeys

  /// Something wrong with a value.
  struct Problem: Equatable {
    /// The line of the value, starting at 0.
    let line: Int
    /// A sentence that begins with a verb and does not contain the value.
    let text: String
    /// Whether the value cannot be used. Otherwise it is only doubtful.
    let isError: Bool

    init(line: Int = 0, text: String) {
      (self.line, self.text, isError) = (line, text, true)
    }

    init(line: Int, doubt: String) {
      (self.line, text, isError) = (line, doubt, false)
    }
  }

  /// A description of the accepted values.
  var accepted: String {
    switch self {
    case .userName: "up to 32 lower-case letters, digits, - and _; the first is a letter or _"
    case .passwordHash: "what 'openssl passwd -6' prints, with every $ written as $$"
    case .authorizedKeys: AuthorizedKey.accepted
    }
  }

  /// Returns the problems of a value that is not empty.
  func problems(in text: String) -> [Problem] {
    switch self {
    case .userName:
      return text.wholeMatch(of: #/[a-z_][a-z0-9_\-]{0,31}/#) == nil
        ? [Problem(text: "is not the name of a user; accepted: \(accepted)")] : []
    case .passwordHash:
      return CryptHash.problem(in: text).map { [Problem(text: $0)] } ?? []
    case .authorizedKeys:
      return AuthorizedKey.problems(in: text)
    }
  }
}

/// The hashes of crypt(5) that are strong enough for a password.
enum CryptHash {
  /// The methods by their prefix: yescrypt, gost-yescrypt, scrypt, bcrypt, SHA-512, SHA-256.
  private static var complete: [Regex<Substring>] {
    [
      #/\$g?y\$[.\/A-Za-z0-9]+\$[.\/A-Za-z0-9]{0,86}\$[.\/A-Za-z0-9]{43}/#,
      #/\$7\$[.\/A-Za-z0-9]{11,97}\$[.\/A-Za-z0-9]{43}/#,
      #/\$2[abxy]\$[0-9]{2}\$[.\/A-Za-z0-9]{53}/#,
      #/\$6\$(?:rounds=[1-9][0-9]{0,9}\$)?[^$:\s]{0,16}\$[.\/A-Za-z0-9]{86}/#,
      #/\$5\$(?:rounds=[1-9][0-9]{0,9}\$)?[^$:\s]{0,16}\$[.\/A-Za-z0-9]{43}/#,
    ]
  }

  private static var beginning: Regex<Substring> { #/\$(?:g?y|7|2[abxy]|6|5)\$/# }

  /// Returns what is wrong with a hash; nil if nothing is.
  static func problem(in text: String) -> String? {
    if complete.contains(where: { text.wholeMatch(of: $0) != nil }) { return nil }
    let advice = "put there \(LoginValue.passwordHash.accepted)"
    if text.prefixMatch(of: beginning) != nil {
      return "is a crypt(5) hash that is cut off or has something added; \(advice)"
    }
    if text.hasPrefix("$") {
      return "is a hash by a method that is not accepted, because it is weak or unknown; \(advice)"
    }
    return "is not a crypt(5) hash (a password as it is typed?); \(advice)"
  }
}
