/// Finds the name a person probably meant.
package enum NearestName {
  private static let longestComparedName = 200

  private static let mostNames = 3

  /// The name among `candidates` that is nearest to `name`, when one is near enough to be a
  /// misspelling: one change in a name of up to three characters, one in three beyond that.
  /// Of names that are equally near those of the same length come first: `A or B`.
  ///
  /// - Parameter written: how a name is to be shown.
  package static func find(
    _ name: String, among candidates: some Sequence<String>,
    as written: (String) -> String = { $0 }
  ) -> String? {
    let wanted = Array(name.unicodeScalars)
    guard wanted.count <= longestComparedName else { return nil }
    var farthest = max(1, min(4, wanted.count / 3))
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

  /// Edits between two names: insertions, deletions, replacements, swaps of neighbours.
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
