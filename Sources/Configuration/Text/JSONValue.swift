import FoundationEssentials

/// A JSON value. Equal values have the same text, because keys are sorted.
package enum JSONValue: Sendable, Equatable {
  case null
  case boolean(Bool)
  case integer(Int64)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])

  /// The largest file that is parsed as JSON, in bytes (16 MiB). The file may be from an untrusted
  /// source.
  package static let largestFileInBytes = 16 << 20

  /// The deepest nesting that is parsed. The decoder is recursive, so each level needs stack space.
  private static let maximumDepth = 64

  /// Parses a JSON text.
  ///
  /// - Throws: `DecodingError` if the text is not JSON, or if values are nested more than 64 levels
  ///   deep.
  package init(parsing text: String) throws {
    self = try Self.decode(JSONValue.self, parsing: text)
  }

  /// Decodes a value of a type from a JSON text. Of a large text that is mostly of no interest, this
  /// is faster than `init(parsing:)`.
  ///
  /// - Throws: the errors of `init(parsing:)`.
  package static func decode<Value: Decodable>(
    _ type: Value.Type, parsing text: String
  ) throws -> Value {
    guard depth(of: text) <= maximumDepth else {
      throw DecodingError.dataCorrupted(
        DecodingError.Context(
          codingPath: [],
          debugDescription: "its values are nested more than \(maximumDepth) deep"))
    }
    return try JSONDecoder().decode(type, from: Data(text.utf8))
  }

  /// Encodes a value as JSON.
  ///
  /// - Throws: `EncodingError`, `DecodingError`.
  package init(encoding value: some Encodable) throws {
    self = try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(value))
  }

  /// Decodes a value of a type.
  ///
  /// - Throws: `DecodingError`.
  package func decoded<Value: Decodable>(as type: Value.Type = Value.self) throws -> Value {
    try JSONDecoder().decode(type, from: JSONEncoder().encode(self))
  }

  /// Returns the message of an error of `init(parsing:)`.
  package static func reason(_ error: any Error) -> String {
    guard case DecodingError.dataCorrupted(let context)? = error as? DecodingError else {
      return "\(error)"
    }
    return context.debugDescription
  }

  /// Returns the largest number of arrays and objects that are open at the same time.
  private static func depth(of text: String) -> Int {
    var (depth, greatest) = (0, 0)
    var (isInString, isEscaped) = (false, false)
    for byte in text.utf8 {
      if isInString {
        if !isEscaped && byte == UInt8(ascii: "\"") { isInString = false }
        isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
        continue
      }
      switch byte {
      case UInt8(ascii: "\""): isInString = true
      case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
      case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
      default: break
      }
      greatest = max(greatest, depth)
    }
    return greatest
  }

  /// Returns the JSON text on several lines, indented by two spaces, with a newline at the end.
  package func text() throws -> String { try text(.prettyPrinted) }

  /// Returns the JSON text on one line, with a newline at the end.
  package func line() throws -> String { try text([]) }

  private func text(_ formatting: JSONEncoder.OutputFormatting) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = formatting.union([.sortedKeys, .withoutEscapingSlashes])
    return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
  }
}

extension JSONValue: Codable {
  /// Decodes any JSON value. A number that is an integer becomes `integer`.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .boolean(value)
    } else if let value = try? container.decode(Int64.self) {
      self = .integer(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([JSONValue].self) {
      self = .array(value)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }

  /// Encodes the value as JSON.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .boolean(let value): try container.encode(value)
    case .integer(let value): try container.encode(value)
    case .number(let value): try container.encode(value)
    case .string(let value): try container.encode(value)
    case .array(let value): try container.encode(value)
    case .object(let value): try container.encode(value)
    }
  }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByDictionaryLiteral {
  package init(stringLiteral value: String) {
    self = .string(value)
  }

  /// Makes an object. If a key appears twice, its last value is used.
  package init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .object(Dictionary(elements) { $1 })
  }
}

extension JSONValue {
  /// The value of a key; nil if the key does not exist or this is not an object.
  package subscript(key: String) -> JSONValue? {
    guard case .object(let object) = self else { return nil }
    return object[key]
  }

  /// The members of an object or an array; empty for other values.
  package var members: [JSONValue] {
    switch self {
    case .object(let object): object.sorted { $0.key < $1.key }.map(\.value)
    case .array(let array): array
    default: []
    }
  }

  /// The string; nil if this is not a string.
  package var string: String? {
    guard case .string(let text) = self else { return nil }
    return text
  }

  /// The number, such as a size in bytes; nil if this is not a non-negative integer.
  package var count: UInt64? {
    guard case .integer(let value) = self else { return nil }
    return UInt64(exactly: value)
  }

  /// Returns a string, or null for nil.
  package static func optional(_ text: String?) -> JSONValue {
    text.map(JSONValue.string) ?? .null
  }

  /// Returns an integer. Numbers above `Int64.max` become `Int64.max`.
  package static func count(_ value: UInt64) -> JSONValue {
    .integer(Int64(clamping: value))
  }
}
