import Configuration

/// What a release has done.
package struct ReleaseReport: Sendable {
  let record: ReleaseRecord
  /// Whether there was no record of the release before.
  package let isNew: Bool
  let places: [String]
  /// The variants that are past their end of life.
  package let leftOut: [String]

  /// The path of the record at destinations.
  package var path: String { record.path }

  /// One line for each variant, and what the release is called.
  package var text: String {
    let versions = record.variants.map { item in
      "\(item.variant)  \(item.buildVersion)\(item.boot == "passed" ? "" : "  \(item.boot)")"
    }
    let ended = leftOut.map { "\($0)  left out: past its end of life" }
    let state = isNew ? "released" : "is released"
    let places = places.map { "    \(visible($0))" }
    return
      (versions + ended + ["\(record.fleet) \(record.version) \(state); \(path) in"] + places)
      .map { $0 + "\n" }.joined()
  }

  /// - Throws: `EncodingError`.
  package var json: JSONValue {
    get throws {
      [
        "schema": .integer(1), "fleet": .string(record.fleet), "released": .boolean(true),
        "is_new": .boolean(isNew), "path": .string(path),
        "record": try JSONValue(encoding: record),
        "destinations": .array(places.map(JSONValue.string)),
        "left_out": .array(leftOut.map(JSONValue.string)),
      ]
    }
  }
}
