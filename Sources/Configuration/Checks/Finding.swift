import SystemPackage

/// A problem that a check found.
package struct Finding: Sendable, Hashable {
  /// The complete message, including file and line.
  package let text: String
  /// The line to correct, if the problem is in one line of a file.
  let origin: Origin?

  init(_ text: String, at origin: Origin? = nil) {
    self.text = text
    self.origin = origin
  }

  /// Returns the findings of an error: one for each of several errors.
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
