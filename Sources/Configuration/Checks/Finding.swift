import SystemPackage

/// Something that a check found, and where.
package struct Finding: Sendable, Hashable {
  /// The whole sentence, the place in it.
  package let text: String
  /// The line to mend, when it is one line of a file.
  let origin: Origin?

  init(_ text: String, at origin: Origin? = nil) {
    self.text = text
    self.origin = origin
  }

  /// What an error says, each of several by itself.
  static func all(_ error: any Error) -> [Finding] {
    guard let error = error as? ConfigurationError else { return [Finding("\(error)")] }
    return error.single.map { Finding("\($0)", at: $0.origin) }
  }

  var json: JSONValue {
    [
      "message": .string(text), "file": .optional(origin?.file?.string),
      "line": origin?.line.map { .integer(Int64($0)) } ?? .null,
    ]
  }
}
