/// An S-expression: a nested list of byte strings. libgcrypt and gpg-agent use it for keys and
/// signatures.
indirect enum SExpression: Equatable {
  case bytes([UInt8])
  case list([SExpression])

  /// A list whose first element is `name`.
  static func named(_ name: String, _ rest: SExpression...) -> SExpression {
    .list([.bytes(Array(name.utf8))] + rest)
  }

  /// The canonical form, for example `(3:key5:value)`.
  var canonical: [UInt8] {
    switch self {
    case .bytes(let bytes): Array("\(bytes.count):".utf8) + bytes
    case .list(let elements):
      [UInt8(ascii: "(")] + elements.flatMap(\.canonical) + [UInt8(ascii: ")")]
    }
  }

  /// Parses the canonical form. Returns nil for any other input and for more than 8 levels.
  init?(canonical: [UInt8]) {
    var rest = canonical[...]
    guard let expression = Self.take(&rest, levels: 8), rest.isEmpty else { return nil }
    self = expression
  }

  /// The elements after the name of a list; nil if this is not a list with that name.
  func elements(of name: String) -> [SExpression]? {
    guard case .list(let elements) = self, elements.first == .bytes(Array(name.utf8)) else {
      return nil
    }
    return Array(elements.dropFirst())
  }

  private static func take(_ rest: inout ArraySlice<UInt8>, levels: Int) -> SExpression? {
    guard levels > 0 else { return nil }
    guard rest.first == UInt8(ascii: "(") else {
      guard let end = rest.firstIndex(of: UInt8(ascii: ":")), end - rest.startIndex < 8,
        let count = Int(String(decoding: rest[..<end], as: UTF8.self)),
        (0...rest.endIndex - end - 1).contains(count)
      else { return nil }
      rest = rest[(end + 1)...]
      defer { rest = rest.dropFirst(count) }
      return .bytes(Array(rest.prefix(count)))
    }
    rest.removeFirst()
    var elements: [SExpression] = []
    while rest.first != UInt8(ascii: ")") {
      guard let element = take(&rest, levels: levels - 1) else { return nil }
      elements.append(element)
    }
    rest.removeFirst()
    return .list(elements)
  }
}
