import Configuration

/// The indexes of the destinations of a configuration.
package enum Indexes {
  /// Makes the indexes again, from the versions that the destinations hold.
  ///
  /// - Parameter kind: the destination; nil for all that `publish:destinations` lists.
  /// - Returns: a line for each index.
  /// - Throws: `NoIndex`; `ConfigurationError`; as `PublicIndex.update`; `Interruption`.
  package static func make(
    _ configuration: Configuration, kind: DestinationKind?
  ) throws -> [String] {
    let paths = try BuildPaths(configuration)
    let destinations = try Destinations.configured(configuration, paths, only: kind)
    let indexed = destinations.filter { $0.sharedFiles != nil }
    guard !indexed.isEmpty else { throw NoIndex(kind: kind) }
    return try TerminationSignals.run {
      var lines: [String] = []
      for destination in indexed {
        try await destination.check()
        var warnings: [String] = []
        let document = try await PublicIndex(destination, destination.sharedFiles!) {
          warnings.append($0)
        }.update(nil)
        lines += warnings
        let count = document.variants.reduce(0) { $0 + $1.versions.count }
        lines.append(
          "\(destination.place)/index.json; versions: \(count), variants: \(document.variants.count)"
        )
      }
      return lines
    }
  }
}

/// There is no destination that has an index.
struct NoIndex: ExitStatusError, CustomStringConvertible {
  let kind: DestinationKind?

  var exitStatus: ExitStatus { .dataError }
  var description: String {
    kind.map { "a destination of the kind \($0.rawValue) has no index" }
      ?? "no destination with an index is configured; set publish:directory, or name others in "
      + "publish:destinations"
  }
}
