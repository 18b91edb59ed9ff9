/// The difference between two lists of names with values, such as packages with their versions.
package struct NamedChanges: Codable, Equatable, Hashable, Sendable {
  package struct Change: Codable, Equatable, Hashable, Sendable {
    package let name: String
    /// Nil for a name that is new.
    package let from: String?
    /// Nil for a name that was removed.
    package let to: String?
  }

  /// Sorted by the bytes of their names.
  package let added, removed, changed: [Change]

  package var isEmpty: Bool { added.isEmpty && removed.isEmpty && changed.isEmpty }

  init(from old: [String: String], to new: [String: String]) {
    let changes = Set(old.keys).union(new.keys).filter { old[$0] != new[$0] }
      .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      .map { Change(name: $0, from: old[$0], to: new[$0]) }
    added = changes.filter { $0.from == nil }
    removed = changes.filter { $0.to == nil }
    changed = changes.filter { $0.from != nil && $0.to != nil }
  }
}
