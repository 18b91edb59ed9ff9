extension Explanation {
  /// The explanation as text.
  var text: String {
    var lines = ["\(section):\(option)\(isMerged ? " (merged)" : "")"]
    lines += block("value", problem.map { ["error: \($0)"] } ?? valueLines)
    lines += block("set by", sources.map { Self.row($0) })
    lines += block("words", words.flatMap(Self.rows))
    lines += block("ignored", replaced.map { Self.row($0) })
    lines += block("refers to", references.flatMap { Self.rows($0, indentation: "") })
    lines += block("rule", rules.map { "\($0.text)  (\($0.origin))" })
    lines += block("variable", [variable])
    lines += block(
      "read by",
      readers.isEmpty
        ? ["nothing: neither the program nor a hook of this variant"] : readers.map(Self.row))
    if let documentation {
      lines += block(
        "comment",
        documentation.text.split(separator: "\n", omittingEmptySubsequences: false)
          .map(String.init) + ["(\(documentation.origin))"])
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private var isMerged: Bool { !words.isEmpty }

  private var valueLines: [String] {
    guard let value else { return ["not set"] }
    let lines = value.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    return lines == [""] || lines.isEmpty ? ["(empty)"] : lines
  }

  private func block(_ label: String, _ lines: [String]) -> [String] {
    lines.enumerated().map { index, line in
      let label = index == 0 ? label : ""
      return "  \(label)\(String(repeating: " ", count: 11 - label.count))\(line)"
    }
  }

  private static func row(_ reader: OptionReaders.Reader) -> String {
    switch reader {
    case .program: "the program"
    case .script(let origin): "\(origin)"
    case .option(let name, let origin): "\(name ?? Interpolator.hiddenText)  (\(origin))"
    }
  }

  private static func row(_ source: Source) -> String {
    let text = source.text.split(separator: "\n").joined(separator: " ")
    return "\(source.origin)  \(text.isEmpty ? "(empty)" : text)"
  }

  /// Returns the lines of a word: its count, and each addition and removal.
  private static func rows(_ word: Word) -> [String] {
    let state = word.count > 0 ? "" : ", left out"
    return ["\(word.text)  (\(word.count)\(state))"]
      + word.changes.map { change in
        let sign = change.part == .addition ? "+" : "-"
        return "  \(sign) \(change.origin)  \(change.option)"
      }
  }

  private static func rows(_ reference: Reference, indentation: String) -> [String] {
    let value = reference.value.split(separator: "\n").joined(separator: " ")
    return ["\(indentation)${\(reference.name)} = \(value)  (\(reference.origin))"]
      + reference.references.flatMap { rows($0, indentation: indentation + "  ") }
  }
}

extension Explanation {
  /// The explanation as a JSON object.
  var json: JSONValue {
    [
      "section": .string(section), "option": .string(option), "value": .optional(value),
      "error": .optional(problem), "variable": .string(variable),
      "set_by": .array(sources.map(Self.json)),
      "words": .array(words.map(Self.json)),
      "ignored": .array(replaced.map(Self.json)),
      "references": .array(references.map(Self.json)),
      "rules": .array(rules.map { Self.place($0.origin, ["rule": .string($0.text)]) }),
      "read_by": .array(readers.map(Self.json)),
      "comment": documentation.map { Self.place($0.origin, ["text": .string($0.text)]) } ?? .null,
    ]
  }

  private static func json(_ reader: OptionReaders.Reader) -> JSONValue {
    switch reader {
    case .program: ["reader": "program"]
    case .script(let origin): place(origin, ["reader": "script"])
    case .option(let name, let origin):
      place(origin, ["reader": "option", "option": .optional(name)])
    }
  }

  private static func json(_ source: Source) -> JSONValue {
    place(source.origin, ["text": .string(source.text)])
  }

  private static func json(_ word: Word) -> JSONValue {
    [
      "word": .string(word.text), "count": .integer(Int64(word.count)),
      "changes": .array(
        word.changes.map { change in
          place(
            change.origin,
            [
              "change": change.part == .addition ? "add" : "delete",
              "option": .string(change.option),
            ])
        }),
    ]
  }

  private static func json(_ reference: Reference) -> JSONValue {
    place(
      reference.origin,
      [
        "reference": .string(reference.name), "value": .string(reference.value),
        "references": .array(reference.references.map(json)),
      ])
  }

  /// Returns an object with its origin added: `source`, and `file` and `line`, which are null if
  /// the origin is not a file.
  private static func place(_ origin: Origin, _ object: [String: JSONValue]) -> JSONValue {
    var object = object
    object["source"] = .string(origin.file == nil ? origin.description : "file")
    object["file"] = .optional(origin.file?.string)
    object["line"] = origin.line.map { .integer(Int64($0)) } ?? .null
    return .object(object)
  }
}
