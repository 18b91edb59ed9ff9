import Configuration
import SystemPackage
import YAML

/// The values of keys: each is checked, and what is wrong is a problem.
extension LayerReading {
  /// The text of a key that takes one; the last one wins on the command line.
  mutating func single(_ key: LayerKey) -> WrittenText? {
    guard let values = written.texts[key] else { return nil }
    guard values.count == 1, let value = values.first else {
      problems.add(
        "\(key.path) is a list of \(values.count); accepted: one text",
        at: values.first?.place ?? top)
      return nil
    }
    return value
  }

  mutating func text(_ key: LayerKey, _ syntax: LayerSyntax) -> String? {
    guard let value = single(key) else { return nil }
    return check(value, key.path, syntax)
  }

  mutating func check(
    _ value: WrittenText, _ path: String, _ syntax: LayerSyntax
  ) -> String? {
    if syntax.accepts(value.text) { return value.text }
    let found = URLAuthority.withoutLogins(value.text)
    problems.add("\(path) is '\(found)'; accepted: \(syntax.accepted)", at: value.place)
    return nil
  }

  mutating func texts(_ key: LayerKey, _ syntax: LayerSyntax) -> [String] {
    guard let values = written.texts[key] else { return [] }
    if values.isEmpty {
      problems.add("\(key.path) is an empty list; leave the key out", at: top)
    }
    var known: Set<String> = []
    return values.compactMap { value in
      guard let text = check(value, key.path, syntax) else { return nil }
      guard known.insert(text).inserted else {
        problems.add("\(key.path) has '\(text)' twice; keep one", at: value.place)
        return nil
      }
      return text
    }
  }

  mutating func choice(
    _ key: LayerKey, among words: [String], isRequired: Bool = false,
    _ normal: (String) -> String = { $0 }
  ) -> String? {
    guard let value = single(key) else {
      if isRequired, written.texts[key] == nil {
        problems.add(
          "\(key.path) is not set; accepted: \(words.joined(separator: ", "))", at: top)
      }
      return nil
    }
    let word = normal(value.text)
    if words.contains(word) { return word }
    problems.add(
      "\(key.path) is '\(value.text)'"
        + (NearestName.find(word, among: words).map { "; did you mean \($0)?" } ?? "")
        + "; accepted: \(words.joined(separator: ", "))", at: value.place)
    return nil
  }

  mutating func flag(_ key: LayerKey) -> Bool? {
    let words = ["true", "yes", "on", "false", "no", "off"]
    return choice(key, among: words) { $0.lowercased() }.map { words.prefix(3).contains($0) }
  }

  mutating func number(_ value: WrittenText, _ path: String, _ range: ClosedRange<Int>)
    -> Int?
  {
    if let number = Int(value.text), range.contains(number) { return number }
    problems.add(
      "\(path) is '\(value.text)'; accepted: a number from \(range.lowerBound) to "
        + "\(range.upperBound)", at: value.place)
    return nil
  }

  /// A file of the host: relative to the folder of the layer file, else to the working directory.
  mutating func existing(_ name: WrittenText, _ path: String) -> FilePath? {
    let beside = request.file.removingLastComponent().pushing(FilePath(name.text))
    for candidate in [beside, Directories.absolute(name.text)] {
      let file = candidate.lexicallyNormalized()
      if Directories.exists(file) { return file }
    }
    problems.add(
      "\(path) is '\(name.text)', which is neither in \(request.file.removingLastComponent()) nor in "
        + "the working directory", at: name.place)
    return nil
  }

  /// Options as `--name=value` or as two words. Others than the accepted ones are problems.
  mutating func options(
    _ words: [WrittenText], _ accepted: KeyValuePairs<String, String>
  ) -> [(name: String, value: WrittenText)] {
    var found: [(name: String, value: WrittenText)] = []
    var rest = words[...]
    while let word = rest.popFirst() {
      let parts = word.text.split(separator: "=", maxSplits: 1).map(String.init)
      let option = accepted.first { [$0.key, $0.value].contains(parts.first) }
      guard let option else {
        // Its value, which may be a password, is not shown.
        let name = word.text.hasPrefix("-") ? parts[0] : "a word that is no option"
        problems.add(
          "\(name) is not accepted here; accepted: "
            + accepted.map(\.key).joined(separator: ", "), at: word.place)
        if word.text.hasPrefix("-"), parts.count == 1, rest.first?.text.hasPrefix("-") == false {
          rest.removeFirst()
        }
        continue
      }
      if parts.count == 2, parts[0].hasPrefix("--") {
        found.append((option.key, WrittenText(parts[1], word.place)))
      } else if let value = rest.first, !value.text.hasPrefix("-") {
        rest.removeFirst()
        found.append((option.key, value))
      } else {
        found.append((option.key, WrittenText("", word.place)))
      }
    }
    return found
  }
}
