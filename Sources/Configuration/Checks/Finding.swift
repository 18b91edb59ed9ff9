import SystemPackage

/// A problem that a check found.
package struct Finding: Sendable {
  /// The complete message, including file and line.
  package let text: String
  /// The line to correct, if the problem is in one line of a file.
  let origin: Origin?
  /// The message without what differs between variants with the same fault: values and suggestions.
  let fault: String

  init(_ text: String, at origin: Origin? = nil, fault: String? = nil) {
    self.text = text
    self.origin = origin
    self.fault = fault ?? text
  }

  /// Returns the findings of an error: one for each of several errors.
  static func all(_ error: any Error) -> [Finding] {
    guard let error = error as? ConfigurationError else { return [Finding("\(error)")] }
    return error.single.map { Finding("\($0)", at: $0.origin, fault: "\($0.withoutDetails)") }
  }

  /// Makes the finding of a warning.
  init(_ warning: ConfigurationWarning) {
    var fault: String?
    if case .tolerated(let error) = warning { fault = "\(error.withoutDetails)" }
    self.init("\(warning)", at: warning.origin, fault: fault)
  }

  /// Returns the finding without private values.
  func filtered(by filter: SecretFilter) -> Finding {
    Finding(filter(text), at: origin, fault: fault)
  }

  var json: JSONValue {
    [
      "message": .string(text), "file": .optional(origin?.file?.string),
      "line": origin?.line.map { .integer(Int64($0)) } ?? .null,
    ]
  }
}
