/// An element of an XML document, as object stores write them.
///
/// The reader is strict and knows little, because answers of servers are not trusted: elements,
/// attributes, which it ignores, text, the five named characters, and numbers of characters. Document
/// types, other entities, comments, CDATA and processing instructions are refused.
struct XMLElement: Sendable, Equatable {
  private static let maximumDepth = 16

  let name: String
  /// The text of the element without that of its children.
  let text: String
  let children: [XMLElement]

  /// The text of the first child of that name; nil if there is none.
  subscript(name: String) -> String? { children.first { $0.name == name }?.text }

  /// The children of that name.
  func all(_ name: String) -> [XMLElement] { children.filter { $0.name == name } }

  /// A document that is not accepted.
  struct SyntaxError: Error, Equatable, CustomStringConvertible {
    let reason: String
    let byteOffset: Int
    var description: String { "\(reason) at byte \(byteOffset)" }
  }

  private init(name: String, text: String, children: [XMLElement]) {
    self.name = name
    self.text = text
    self.children = children
  }

  /// Parses a document: blanks, an XML declaration, and one element.
  ///
  /// - Throws: `SyntaxError`.
  init(parsing document: [UInt8]) throws(SyntaxError) {
    guard String(validating: document, as: UTF8.self) != nil else {
      throw SyntaxError(reason: "bytes that are not UTF-8", byteOffset: 0)
    }
    var scanner = Scanner(document)
    scanner.skipBlanks()
    if scanner.skip("<?xml ") { try scanner.skip(through: "?>") }
    scanner.skipBlanks()
    self = try scanner.element(depth: 1)
    scanner.skipBlanks()
    guard scanner.isAtEnd else { throw scanner.error("text after the document") }
  }

  private struct Scanner {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    func error(_ reason: String) -> SyntaxError {
      SyntaxError(reason: reason, byteOffset: position)
    }

    mutating func skipBlanks() {
      _ = take { [0x20, 0x09, 0x0A, 0x0D].contains($0) }
    }

    /// Whether the text stands here. It is skipped then.
    mutating func skip(_ text: StaticString) -> Bool {
      let isHere = text.withUTF8Buffer { bytes[position...].starts(with: $0) }
      if isHere { position += text.utf8CodeUnitCount }
      return isHere
    }

    mutating func require(_ text: StaticString) throws(SyntaxError) {
      guard skip(text) else { throw error("no \(text)") }
    }

    mutating func skip(through text: StaticString) throws(SyntaxError) {
      while !skip(text) {
        guard !isAtEnd else { throw error("no \(text)") }
        position += 1
      }
    }

    private mutating func take(while isPart: (UInt8) -> Bool) -> String {
      let start = position
      while position < bytes.count, isPart(bytes[position]) { position += 1 }
      return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func takeName() throws(SyntaxError) -> String {
      let name = take { byte in
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"),
          UInt8(ascii: "."), UInt8(ascii: ":"):
          true
        default: false
        }
      }
      guard !name.isEmpty else { throw error("no name") }
      return name
    }

    mutating func element(depth: Int) throws(SyntaxError) -> XMLElement {
      guard depth <= XMLElement.maximumDepth else {
        throw error("more than \(XMLElement.maximumDepth) levels")
      }
      try require("<")
      let name = try takeName()
      skipBlanks()
      while !skip(">") {
        if skip("/>") { return XMLElement(name: name, text: "", children: []) }
        try skipAttribute()
      }
      var (text, children): (String, [XMLElement]) = ("", [])
      while !skip("</") {
        text += take { $0 != UInt8(ascii: "<") && $0 != UInt8(ascii: "&") }
        if isAtEnd { throw error("no end of \(name)") }
        if bytes[position] == UInt8(ascii: "&") {
          text.unicodeScalars.append(try takeCharacter())
        } else if !bytes[position...].starts(with: "</".utf8) {
          children.append(try element(depth: depth + 1))
        }
      }
      guard try takeName() == name else { throw error("another element ends than \(name)") }
      skipBlanks()
      try require(">")
      return XMLElement(name: name, text: text, children: children)
    }

    private mutating func skipAttribute() throws(SyntaxError) {
      _ = try takeName()
      try require("=")
      let quote = skip("\"") ? UInt8(ascii: "\"") : UInt8(ascii: "'")
      if quote == UInt8(ascii: "'") { try require("'") }
      _ = take { $0 != quote && $0 != UInt8(ascii: "<") }
      guard position < bytes.count, bytes[position] == quote else {
        throw error("no end of an attribute")
      }
      position += 1
      skipBlanks()
    }

    /// A reference to a character: `&amp;`, `&#34;` or `&#x22;`.
    private mutating func takeCharacter() throws(SyntaxError) -> Unicode.Scalar {
      try require("&")
      let reference = take { $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: "<") }
      try require(";")
      switch reference {
      case "amp": return "&"
      case "lt": return "<"
      case "gt": return ">"
      case "quot": return "\""
      case "apos": return "'"
      default:
        let isHexadecimal = reference.hasPrefix("#x")
        let digits = reference.dropFirst(isHexadecimal ? 2 : 1)
        guard reference.hasPrefix("#"), digits.first?.isHexDigit == true,
          let number = UInt32(digits, radix: isHexadecimal ? 16 : 10),
          let scalar = Unicode.Scalar(number), scalar != "\0"
        else { throw error("an unknown character") }
        return scalar
      }
    }
  }
}
