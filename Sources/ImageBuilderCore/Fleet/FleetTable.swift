import Configuration

/// The states of the variants of a fleet, for a terminal of 80 columns or as JSON.
package struct FleetTable: Sendable {
  static let width = 80
  private static let mostReasons = 4

  let fleet: String
  let states: [MemberState]
  /// Destinations that were not looked at, and other things that limit the answer.
  let notes: [String]
  /// Seconds since 1970.
  let now: UInt64

  /// A line for each variant, below it the reasons, and a line with the sums.
  package func text(hasColors: Bool) -> String {
    let colors = TerminalColors(isOn: hasColors)
    let rows = states.map { state in
      [
        state.name, state.newest.map { $0.buildVersion ?? $0.version } ?? "-",
        state.newest.map { age($0.secondsSinceEpoch) } ?? "", places(state),
      ]
    }
    let header = ["variant", "newest", "age", "at"]
    let widths = header.indices.map { column in
      ([header] + rows).map { TerminalText.columns($0[column]) }.max() ?? 0
    }
    func line(_ row: [String], _ word: String) -> String {
      let cells = row.indices.map { padded(row[$0], to: widths[$0], isRight: $0 == 2) }
      return (cells + [word]).joined(separator: "  ") + "\n"
    }
    let lines = zip(states, rows).map { state, row in
      line(row, colors.text(state.need.word, state.need.color)) + details(state)
    }
    return line(header, "state") + lines.joined() + WordCounts(states.map(\.need.word)).text
      + notes.map { "\($0)\n" }.joined()
  }

  private func details(_ state: MemberState) -> String {
    var reasons = state.need.reasons
    let rest = reasons.count - Self.mostReasons
    if rest > 0 { reasons = reasons.prefix(Self.mostReasons) + ["and \(rest) more"] }
    if let failure = state.lastFailure { reasons.append("the last build failed: \(failure)") }
    return reasons.map { Self.wrapped($0, to: Self.width) }.joined()
  }

  private func places(_ state: MemberState) -> String {
    let known = state.places.filter { $0.hasNewest != nil }
    let held = known.filter { $0.hasNewest == true }.map(\.name)
    let released = state.newest?.isReleased == true ? ["released"] : []
    let unknown = state.places.filter { $0.hasNewest == nil }.map { "\($0.name)?" }
    return (held + unknown + released).joined(separator: ",")
  }

  /// The age of a version in its largest unit: `8 h`.
  private func age(_ seconds: UInt64) -> String {
    let age = now > seconds ? now - seconds : 0
    for (unit, length) in [("d", UInt64(86_400)), ("h", 3600), ("min", 60)]
    where age >= 2 * length || unit == "min" { return "\(age / length) \(unit)" }
    return ""
  }

  /// The lines of a text, indented, and broken at blanks.
  static func wrapped(_ text: String, to width: Int, indentation: String = "    ") -> String {
    var lines: [String] = []
    for paragraph in text.split(separator: "\n") {
      var line = indentation
      for word in TerminalText.clean(String(paragraph)).split(separator: " ") {
        let isFirst = line.allSatisfy { $0 == " " }
        if !isFirst, TerminalText.columns(line) + 1 + TerminalText.columns(String(word)) > width {
          lines.append(line)
          line = indentation + "  " + word
        } else {
          line += (isFirst ? "" : " ") + word
        }
      }
      lines.append(line)
    }
    return lines.map { $0 + "\n" }.joined()
  }

  /// The same as JSON.
  ///
  /// - Throws: `EncodingError`.
  package func json() throws -> String {
    let variants = states.map { state -> JSONValue in
      .object([
        "variant": .string(state.name), "state": .string(state.need.word),
        "reasons": .array(state.need.reasons.map(JSONValue.string)),
        "version": .optional(state.newest?.version),
        "build_version": .optional(state.newest?.buildVersion),
        "published": .optional(state.newest.map { UTCDate.text($0.secondsSinceEpoch) }),
        "released": .boolean(state.newest?.isReleased ?? false),
        "last_failure": .optional(state.lastFailure),
        "destinations": .array(
          state.places.map {
            .object([
              "name": .string($0.name),
              "holds_newest": $0.hasNewest.map(JSONValue.boolean) ?? .null,
            ])
          }),
      ])
    }
    return try JSONValue.object([
      "schema": .integer(1), "fleet": .string(fleet), "variants": .array(variants),
      "notes": .array(notes.map(JSONValue.string)),
    ]).text()
  }
}

extension FleetNeed {
  var color: TerminalColors.Color {
    switch self {
    case .nothing: .green
    case .build, .publish, .wait: .yellow
    case .endOfLife: .none
    case .correct, .unknown: .red
    }
  }
}

/// How many variants there are of each kind.
struct WordCounts {
  private var counts: [(word: String, count: Int)] = []

  init(_ words: [String]) {
    for word in words {
      if let index = counts.firstIndex(where: { $0.word == word }) {
        counts[index].count += 1
      } else {
        counts.append((word, 1))
      }
    }
  }

  /// A line such as `3 variants: 2 built, 1 failed`.
  var text: String {
    let all = counts.reduce(0) { $0 + $1.count }
    let kinds = counts.map { "\($0.count) \($0.word)" }.joined(separator: ", ")
    return "\(all) variant\(all == 1 ? "" : "s")\(kinds.isEmpty ? "" : ": \(kinds)")\n"
  }
}
