extension Configuration {
  /// What takes the private values out of text that people see.
  ///
  /// - Throws: `ConfigurationError` when a value cannot be expanded.
  public func privateFilter() throws -> (String) -> String {
    let filter = SecretFilter(try privateValues)
    return { filter($0) }
  }
}

/// Replaces private values in text that people see.
struct SecretFilter: Sendable {
  /// What stands in the place of a private value.
  static let replacement = "<private>"

  private let values: [String]

  /// - Parameter values: the private values; each line of a longer one counts by itself, because
  ///   output is filtered line by line. Those shorter than six characters would hide too much.
  init(_ values: [String]) {
    self.values = Set(values.flatMap { $0.split(whereSeparator: \.isNewline).map(String.init) })
      .filter { $0.count >= 6 }
      .sorted { ($1.utf8.count, $0) < ($0.utf8.count, $1) }
  }

  func callAsFunction(_ text: String) -> String {
    var text = text
    for value in values where text.contains(value) {
      text.replace(value, with: Self.replacement)
    }
    return text
  }
}
