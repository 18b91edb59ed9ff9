/// A way to write a text in which some bytes are replaced by escape sequences.
struct Escapes: Sendable {
  private typealias Escape = (UInt8) -> [UInt8]?

  private let written: [[UInt8]?]

  /// - Parameter escape: returns the escape sequence of a byte; nil if the byte is not escaped.
  private init(_ escape: Escape) {
    written = (0...UInt8.max).map(escape)
  }

  private init(replacing replacements: [Character: String]) {
    self.init { byte in replacements[Character(Unicode.Scalar(byte))].map { Array($0.utf8) } }
  }

  /// Returns the text with escape sequences; nil if no byte is escaped.
  func callAsFunction(_ text: [UInt8]) -> [UInt8]? {
    guard text.contains(where: { written[Int($0)] != nil }) else { return nil }
    var result: [UInt8] = []
    for byte in text {
      if let escape = written[Int(byte)] { result += escape } else { result.append(byte) }
    }
    return result
  }
}

extension Escapes {
  /// Replaces the characters of base64 that are not safe in URLs.
  static let urlSafeAlphabet = Escapes(replacing: ["+": "-", "/": "_"])
  /// Removes the padding of base64.
  static let withoutPadding = Escapes(replacing: ["=": ""])
  /// Base64 in a URL, and in JSON with escaped slashes.
  static let ofBase64 =
    inURL(keeping: "-._~") + inURL(keeping: "-._~/") + [Escapes(replacing: ["/": "\\/"])]
  /// A single quote inside single quotes, as shells and `shlex.quote` of Python write it.
  static let ofQuotes = [#"'\''"#, #"'"'"'"#].map { Escapes(replacing: ["'": $0]) }
  /// The escapes of any text, except those of single quotes.
  static let ofText = [
    // JSON, with and without escaped slashes; Python.
    backslashed(#""\"#, "bfnrt", number("\\u00")), backslashed(#""\/"#, "bfnrt", number("\\u00")),
    backslashed(#"\"#, "nrt", number("\\x")), backslashed(#"\'"#, "nrt", number("\\x")),
    // Bash: `$'...'`, double quotes, `printf %q`; traces of regular expressions and other patterns.
    backslashed(#"\'"#, "abEfnrtv", number("\\", radix: 8)), backslashed(#"\"$`"#),
    backslashed(#" !"$&'()*,;<>?[\]^`{|}"#), backslashed(#"\.[()*+?{|^$"#), inPattern,
    // URLs: `quote_plus` and `quote` of Python; `encodeURIComponent`, forms and `encodeURI` of
    // JavaScript; all bytes encoded; scripts that replace only spaces and double quotes.
    inURL(keeping: "-._~"), inURL(keeping: "-._~/"), inURL(keeping: "-._~!'()*"),
    inURL(keeping: "-._*"), inURL(keeping: "-._~!'()*/:;,?@&=+$#"),
    [Escapes(number("%")), Escapes(number("%", isUppercase: true))],
    [" ", "%20", "+"].flatMap { blank in
      ["\"", "%22"].map { Escapes(replacing: [" ": blank, "\"": $0]) }
    },
  ].flatMap { $0 }

  private static let backslash = UInt8(ascii: "\\")
  private static let alphanumeric =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
  private static let controls: [UInt8: UInt8] = Dictionary(
    uniqueKeysWithValues: zip([7, 8, 9, 10, 11, 12, 13, 27], "abtnvfrE".utf8))

  /// A backslash before each character, except the two control characters that bash uses
  /// internally. In a locale without UTF-8, the backslash is before each byte.
  private static let inPattern = [0x80..<0xc0, 0..<0].map { (continuations: Range<UInt8>) in
    Escapes { $0 == 1 || $0 == 0x7f || continuations.contains($0) ? nil : [backslash, $0] }
  }

  /// - Parameters:
  ///   - marked: the characters that are escaped with a backslash.
  ///   - letters: the letters that denote control characters after a backslash.
  ///   - number: the numeric escape of other control characters. Depending on the program, it is
  ///     also used for DEL, for all bytes that are not printable ASCII, for all ASCII characters,
  ///     or for all bytes.
  private static func backslashed(
    _ marked: String, _ letters: String = "", _ number: Escape = { _ in nil }
  ) -> [Escapes] {
    [0..<0, 0x7f..<0x80, 0x7f..<0x100, 0..<0x80, 0..<0x100].map { numbered in
      Escapes { byte in
        if numbered.contains(Int(byte)) { return number(byte) }
        if let letter = controls[byte], letters.utf8.contains(letter) {
          return [backslash, letter]
        }
        return byte < 0x20 ? number(byte) : marked.utf8.contains(byte) ? [backslash, byte] : nil
      }
    }
  }

  /// Percent-encoding of all bytes except letters, digits and the kept characters.
  private static func inURL(keeping kept: String) -> [Escapes] {
    [("%20", true), ("%20", false), ("+", true), ("+", false)].map { blank, isUppercase in
      let number = number("%", isUppercase: isUppercase)
      return Escapes { byte in
        if byte == UInt8(ascii: " ") { return Array(blank.utf8) }
        return (alphanumeric + kept).utf8.contains(byte) ? nil : number(byte)
      }
    }
  }

  private static func number(
    _ mark: String, radix: Int = 16, isUppercase: Bool = false
  ) -> Escape {
    let limit = radix == 8 ? 0o1000 : 0x100
    return { byte in
      let digits = String(limit + Int(byte), radix: radix, uppercase: isUppercase).dropFirst()
      return Array((mark + digits).utf8)
    }
  }
}
