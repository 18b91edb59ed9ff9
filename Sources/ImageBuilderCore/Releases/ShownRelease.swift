import Configuration

/// A release as it is shown. Its record never changes, so what is gone is found out now.
package struct ShownRelease: Sendable {
  package let version: String
  /// In UTC.
  package let date: String
  /// The released versions: OUTVERSION by variant.
  package let versions: [String: String]
  /// The variants whose versions are not at any destination any more, sorted.
  package let gone: [String]

  /// One line.
  package var text: String {
    let count = "\(versions.count) variant\(versions.count == 1 ? "" : "s")"
    let state =
      gone.isEmpty ? "" : gone.count == versions.count ? ", all gone" : ", \(gone.count) gone"
    return visible("\(version)  \(date)  \(count)\(state)")
  }

  package var json: JSONValue {
    [
      "version": .string(version), "date": .string(date),
      "versions": .object(versions.mapValues(JSONValue.string)),
      "gone": .array(gone.map(JSONValue.string)),
    ]
  }
}

extension ReleasedFleet {
  /// The releases of the fleet, the newest first.
  ///
  /// - Throws: `UnreachableDestination`; `ReleaseRecord.Damage`.
  package func releases() async throws -> [ShownRelease] {
    try await releases(FleetSurvey(self))
  }

  func releases(_ survey: FleetSurvey) async throws -> [ShownRelease] {
    try await records().filter { $0.fleet == name }.map { record in
      ShownRelease(
        version: record.version, date: record.date,
        versions: Dictionary(record.variants.map { ($0.variant, $0.version) }) { first, _ in first
        },
        gone: record.variants.filter { $0.published.map(survey.present.contains) != true }
          .map(\.variant))
    }
  }
}
