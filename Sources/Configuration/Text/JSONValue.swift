import FoundationEssentials

/// A JSON value whose text form is always the same: keys sorted, two spaces of indentation.
package enum JSONValue: Sendable, Equatable {
  case null
  case boolean(Bool)
  case integer(Int64)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])

  /// What a file of anybody's may hold to be read as JSON.
  package static let largestFileInBytes = 16 << 20

  /// Reading a value takes stack for each level.
  private static let maximumDepth = 64

  /// - Throws: `DecodingError`, which says where the text is not JSON, or that values are nested
  ///   more than 64 deep.
  package init(parsing text: String) throws {
    guard Self.depth(of: text) <= Self.maximumDepth else {
      throw DecodingError.dataCorrupted(
        DecodingError.Context(
          codingPath: [],
          debugDescription: "its values are nested more than \(Self.maximumDepth) deep"))
    }
    let decoder = JSONDecoder()
    self = try decoder.decode(JSONValue.self, from: Data(text.utf8))
  }

  /// The JSON form of a value.
  ///
  /// - Throws: `EncodingError`, `DecodingError`.
  package init(encoding value: some Encodable) throws {
    self = try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(value))
  }

  /// The value of a type that has this JSON form.
  ///
  /// - Throws: `DecodingError`.
  package func decoded<Value: Decodable>(as type: Value.Type = Value.self) throws -> Value {
    try JSONDecoder().decode(type, from: JSONEncoder().encode(self))
  }

  /// Why a text was not taken, for people.
  package static func reason(_ error: any Error) -> String {
    guard case DecodingError.dataCorrupted(let context)? = error as? DecodingError else {
      return "\(error)"
    }
    return context.debugDescription
  }

  /// How many arrays and objects are open at most.
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

  /// The text with a newline at its end.
  package func text() throws -> String { try text(.prettyPrinted) }

  /// The text on one line, with a newline at its end.
  package func line() throws -> String { try text([]) }

  private func text(_ formatting: JSONEncoder.OutputFormatting) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = formatting.union([.sortedKeys, .withoutEscapingSlashes])
    return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
  }
}

extension JSONValue: Codable {
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

  package init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .object(Dictionary(elements) { $1 })
  }
}

extension JSONValue {
  /// The value of an object's key; nil when there is none, or when this is no object.
  package subscript(key: String) -> JSONValue? {
    guard case .object(let object) = self else { return nil }
    return object[key]
  }

  /// The text, when it is one.
  package var string: String? {
    guard case .string(let text) = self else { return nil }
    return text
  }

  /// The number of bytes or of other things, when it is one.
  package var count: UInt64? {
    guard case .integer(let value) = self else { return nil }
    return UInt64(exactly: value)
  }

  /// A text, or null where there is none.
  package static func optional(_ text: String?) -> JSONValue {
    text.map(JSONValue.string) ?? .null
  }

  /// A size or count.
  package static func count(_ value: UInt64) -> JSONValue {
    .integer(Int64(clamping: value))
  }
}
