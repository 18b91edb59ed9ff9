import Configuration

/// How a run of a fleet ended, by variant.
package struct FleetSummary: Sendable {
  let fleet: String
  let buildVersion: String
  private(set) var outcomes: [BuildOutcome] = []
  private(set) var others: [MemberState] = []

  init(fleet: String, buildVersion: String) {
    self.fleet = fleet
    self.buildVersion = buildVersion
  }

  mutating func add(_ more: [BuildOutcome]) {
    outcomes.removeAll { old in more.contains { $0.name == old.name } }
    outcomes += more
  }

  /// Adds the variants for which nothing was done.
  mutating func finish(_ states: [String: MemberState]) {
    let known = Set(outcomes.map(\.name))
    others = states.values.filter { !known.contains($0.name) }.sorted { $0.name < $1.name }
  }

  /// `failure` if anything that should have been done was not.
  package var exitStatus: ExitStatus {
    let hasFailures = outcomes.contains { if case .failed = $0.result { true } else { false } }
    let hasFaults = others.contains {
      switch $0.need {
      case .correct, .unknown: true
      default: false
      }
    }
    return hasFailures || hasFaults ? .failure : .success
  }

  /// A line for each variant, with the cause below it if it failed, and a line with the sums.
  package func text(hasColors: Bool) -> String {
    let colors = TerminalColors(isOn: hasColors)
    let rows = rows
    let width = rows.map { TerminalText.columns($0.name) }.max() ?? 0
    let lines = rows.map { row in
      [padded(row.name, to: width), colors.text(row.word, row.color), row.fact]
        .filter { !$0.isEmpty }.joined(separator: "  ") + "\n"
        + row.details.map { FleetTable.wrapped($0, to: FleetTable.width) }.joined()
    }
    return lines.joined() + WordCounts(rows.map(\.word)).text
  }

  private struct Row {
    let name: String
    let word: String
    let color: TerminalColors.Color
    var fact = ""
    var details: [String] = []
  }

  private var rows: [Row] {
    let done = outcomes.map { outcome in
      switch outcome.result {
      case .built:
        Row(
          name: outcome.name, word: "built", color: .green,
          fact: formattedSeconds(outcome.elapsed))
      case .published(let places):
        Row(
          name: outcome.name, word: "published", color: .green,
          fact: places.joined(separator: ", "))
      case .submitted(let job):
        Row(name: outcome.name, word: "submitted", color: .yellow, fact: "job \(job)")
      case .failed(let status, let cause):
        Row(
          name: outcome.name, word: "failed", color: .red, fact: "status \(status.rawValue)",
          details: [cause])
      }
    }
    let left = others.map { state in
      Row(
        name: state.name, word: state.need.word, color: state.need.color,
        details: state.need.reasons)
    }
    return (done + left).sorted { $0.name < $1.name }
  }

  /// The same as JSON.
  ///
  /// - Throws: `EncodingError`.
  package func json() throws -> String {
    let done = outcomes.map { outcome -> JSONValue in
      var object: [String: JSONValue] = [
        "variant": .string(outcome.name),
        "seconds": .number((outcome.elapsed / .milliseconds(1)).rounded() / 1000),
      ]
      switch outcome.result {
      case .built(let version):
        object["result"] = "built"
        object["version"] = .string(version)
      case .published(let places):
        object["result"] = "published"
        object["destinations"] = .array(places.map(JSONValue.string))
      case .submitted(let job):
        object["result"] = "submitted"
        object["job"] = .count(job)
      case .failed(let status, let cause):
        object["result"] = "failed"
        object["status"] = .integer(Int64(status.rawValue))
        object["cause"] = .string(cause)
      }
      return .object(object)
    }
    let left = others.map { state -> JSONValue in
      .object([
        "variant": .string(state.name), "result": .string(state.need.word),
        "reasons": .array(state.need.reasons.map(JSONValue.string)),
      ])
    }
    return try JSONValue.object([
      "schema": .integer(1), "fleet": .string(fleet), "build_version": .string(buildVersion),
      "variants": .array(done + left),
    ]).text()
  }
}
