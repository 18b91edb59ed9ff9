import FoundationEssentials

/// A line of an authorized_keys file: `[OPTIONS] TYPE KEY [COMMENT]`.
///
/// The format is described in sshd(8), the binary form of keys in RFC 4253, section 6.6.
struct AuthorizedKey {
  static let accepted = "public keys, one a line, such as 'ssh-ed25519 AAAA... ada@example.com'"

  private static let types: Set<String> = [
    "ssh-ed25519", "ssh-rsa", "ssh-dss", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521", "sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com",
  ]

  /// The options of sshd(8), in lower case. sshd ignores a key with another one.
  private static let options: Set<String> = [
    "agent-forwarding", "cert-authority", "command", "environment", "expiry-time", "from",
    "no-agent-forwarding", "no-port-forwarding", "no-pty", "no-touch-required", "no-user-rc",
    "no-x11-forwarding", "permitlisten", "permitopen", "port-forwarding", "principals", "pty",
    "restrict", "tunnel", "user-rc", "verify-required", "x11-forwarding",
  ]

  /// What the files of secret keys contain: PEM, PuTTY, and the beginning of OpenSSH's own format
  /// in base64.
  private static let secretMarks = [
    "PRIVATE KEY", "PuTTY-User-Key-File", "Private-Lines:", "b3BlbnNzaC1rZXktdjE",
  ]

  private static func doubt(_ count: Int) -> String {
    "has \(count) key\(count == 1 ? "" : "s, the first one here,") that sshd probably cannot read: "
      + "a key begins with the name of its type"
  }

  /// Returns the problems of a value, in the order of its lines. A secret key is the only one that
  /// is reported.
  static func problems(in text: String) -> [LoginValue.Problem] {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    if let line = lines.firstIndex(where: { line in secretMarks.contains { line.contains($0) } }) {
      return [
        LoginValue.Problem(
          line: line,
          text: "contains a secret key. Remove it from the file, put the public key there "
            + "('ssh-keygen -y -f FILE' prints it), and replace the key pair if others could read "
            + "the file")
      ]
    }
    var problems: [LoginValue.Problem] = []
    var unreadable: [Int] = []
    // The lines after a bad one are probably the rest of the same key.
    var isAfterError = false
    for (number, line) in lines.enumerated() {
      let key = AuthorizedKey(line)
      if let problem = key.problem {
        if !isAfterError { problems.append(LoginValue.Problem(line: number, text: problem)) }
        isAfterError = true
      } else {
        isAfterError = false
        if key.isUnreadable { unreadable.append(number) }
      }
    }
    return problems + unreadable.prefix(1).map { .init(line: $0, doubt: doubt(unreadable.count)) }
  }

  private let isEmpty: Bool
  private let optionField: Substring
  /// The words after the options.
  private let words: [Substring]

  private init(_ line: Substring) {
    let blanks: Set<Character> = [" ", "\t", "\r"]
    let text = line.drop { blanks.contains($0) }
    isEmpty = text.isEmpty || text.hasPrefix("#")
    let words = text.split { blanks.contains($0) }
    if words.first.map({ Self.types.contains(String($0)) }) ?? true {
      (optionField, self.words) = ("", words)
    } else {
      let end = Self.endOfOptions(text)
      optionField = text[..<end]
      self.words = text[end...].split { blanks.contains($0) }
    }
  }

  /// Returns the first blank that is not inside double quotes.
  private static func endOfOptions(_ text: Substring) -> Substring.Index {
    var isQuoted = false
    var previous: Character = " "
    for index in text.indices {
      let character = text[index]
      if character == "\"" && previous != "\\" { isQuoted.toggle() }
      if !isQuoted && (character == " " || character == "\t") { return index }
      previous = character
    }
    return text.endIndex
  }

  private var hasType: Bool { words.first.map { Self.types.contains(String($0)) } ?? false }

  private var problem: String? {
    if isEmpty { return nil }
    guard hasType else { return problemWithoutType }
    if let option = unknownOption {
      return "has a key with something before its type that is no option of sshd"
        + (option.isEmpty ? "" : "; did you mean \(option)?")
    }
    guard words.count > 1, let key = Data(base64Encoded: String(words[1])) else {
      return "has a key that is broken into several lines or is not base64; write each key on one "
        + "line"
    }
    if isCutOff(key) {
      return "has a key that is cut off; copy the complete line of the public key file"
    }
    if Self.types.contains(where: { $0 != words[0] && key.starts(with: Self.header($0)) }) {
      return "has a key of another type than its line says"
    }
    if words.dropFirst(2).contains(where: { Self.types.contains(String($0)) }) {
      return "has a line with two keys; write each key on a line of its own"
    }
    return nil
  }

  private var problemWithoutType: String {
    if words.isEmpty,
      optionField.hasPrefix("/") || optionField.hasPrefix("~") || optionField.hasSuffix(".pub")
        || optionField.contains("://")
    {
      return "is the place of a file, not its content; put there the line of the public key file"
    }
    return "has a line that is no public key; accepted: \(Self.accepted)"
  }

  /// The name nearest to the first option that sshd does not know, or an empty text if no name is
  /// near; nil if all options are known.
  private var unknownOption: String? {
    guard !optionField.isEmpty else { return nil }
    guard
      optionField.wholeMatch(
        of: #/[A-Za-z0-9\-]+(="(?:[^"\\]|\\.)*")?(,[A-Za-z0-9\-]+(="(?:[^"\\]|\\.)*")?)*/#) != nil
    else { return "" }
    let names = optionField.replacing(#/="(?:[^"\\]|\\.)*"/#, with: "").split(separator: ",")
    let unknown = names.map { PythonText.lowercased(String($0)) }
      .first { !Self.options.contains($0) }
    return unknown.map { NearestName.find($0, among: Self.options.sorted()) ?? "" }
  }

  /// Whether the key is base64, but does not begin like a key.
  private var isUnreadable: Bool {
    guard !isEmpty, words.count > 1, let key = Data(base64Encoded: String(words[1])) else {
      return false
    }
    return !key.starts(with: Self.header(String(words[0])))
  }

  /// The first field of the keys of a type: its length in four bytes, and its name.
  private static func header(_ type: String) -> [UInt8] {
    [0, 0, 0, UInt8(type.utf8.count)] + Array(type.utf8)
  }

  /// Whether a key ends in the middle of a field, or after the first.
  private func isCutOff(_ key: Data) -> Bool {
    let header = Self.header(String(words[0]))
    guard key.starts(with: header) else { return key.count >= 4 && header.starts(with: key) }
    var rest = key.dropFirst(header.count)
    guard !rest.isEmpty else { return true }
    while !rest.isEmpty {
      let length = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
      guard rest.count >= 4 + length else { return true }
      rest = rest.dropFirst(4 + length)
    }
    return false
  }
}
