import Bindings

/// What only one of two personalities has.
struct AppComparison {
  private let personality: String
  private let list: AppList
  private let other: (personality: String, list: AppList)

  init(_ personality: String, _ list: AppList, _ other: (personality: String, list: AppList)) {
    (self.personality, self.list, self.other) = (personality, list, other)
  }

  /// The lists, and the sizes of both.
  var text: String {
    let onlyHere = Self.bundles(of: list, without: other.list)
    let onlyThere = Self.bundles(of: other.list, without: list)
    if onlyHere.isEmpty && onlyThere.isEmpty {
      return "\n\(personality) and \(other.personality) have the same applications and runtimes.\n"
    }
    return Self.section("Only in \(personality)", onlyHere)
      + Self.section("Only in \(other.personality)", onlyThere)
      + "\n\(personality): \(list.parts.installedSize), "
      + "\(other.personality): \(other.list.parts.installedSize)\n"
  }

  private static func bundles(of list: AppList, without other: AppList) -> [AppList.Bundle] {
    let present = Set((other.apps + other.runtimes).map(\.main.ref))
    return (list.apps + list.runtimes).filter { !present.contains($0.main.ref) }
  }

  private static func section(_ title: String, _ bundles: [AppList.Bundle]) -> String {
    guard !bundles.isEmpty else { return "" }
    return "\n\(title):\n"
      + bundles.map { "  \($0.main.ref)  \($0.parts.installedSize)\n" }.joined()
  }
}
