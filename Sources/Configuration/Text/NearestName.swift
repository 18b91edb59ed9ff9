/// Finds the name that a misspelled name probably stands for.
package enum NearestName {
  private static let longestComparedName = 200

  private static let mostNames = 3

  /// Returns the candidate nearest to `name`, or nil if none is near enough. The number of edits
  /// must not be greater than a third of the length of `name`; one edit is always allowed, more
  /// than four never.
  ///
  /// Of equally near candidates, those whose length differs least from `name` are returned, at most
  /// three, as in `A or B`. A `name` of more than 200 characters is not compared.
  ///
  /// - Parameters:
  ///   - limit: a smaller number of edits than four.
  ///   - written: converts a name to the form in which it is shown.
  package static func find(
    _ name: String, among candidates: some Sequence<String>, farthest limit: Int? = nil,
    as written: (String) -> String = { $0 }
  ) -> String? {
    let wanted = Array(name.unicodeScalars)
    guard wanted.count <= longestComparedName else { return nil }
    var farthest = max(1, min(limit ?? 4, wanted.count / 3))
    var nearest: [(difference: Int, name: String)] = []
    for candidate in candidates {
      let scalars = Array(candidate.unicodeScalars)
      let difference = abs(scalars.count - wanted.count)
      guard difference <= farthest, !scalars.isEmpty else { continue }
      let distance = distance(from: wanted, to: scalars)
      guard distance <= farthest else { continue }
      if distance < farthest { nearest = [] }
      farthest = distance
      nearest.append((difference, candidate))
    }
    guard let least = nearest.map(\.difference).min() else { return nil }
    return nearest.filter { $0.difference == least }.prefix(mostNames)
      .map { written($0.name) }.joined(separator: " or ")
  }

  /// Returns the edit distance of two names. Insertions, deletions, replacements and swaps of
  /// adjacent characters count as one edit each. A difference in case does not count.
  static func distance(from left: [Unicode.Scalar], to right: [Unicode.Scalar]) -> Int {
    var beforePrevious: [Int] = []
    var previous = Array(0...right.count)
    for row in left.indices {
      var current = [row + 1]
      for column in right.indices {
        let isSame = areAlike(left[row], right[column])
        var cost = min(
          previous[column + 1] + 1, current[column] + 1, previous[column] + (isSame ? 0 : 1))
        if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
          cost = min(cost, beforePrevious[column - 1] + 1)
        }
        current.append(cost)
      }
      beforePrevious = previous
      previous = current
    }
    return previous[right.count]
  }

  private static func areAlike(_ left: Unicode.Scalar, _ right: Unicode.Scalar) -> Bool {
    left == right || left.properties.lowercaseMapping == right.properties.lowercaseMapping
  }
}
