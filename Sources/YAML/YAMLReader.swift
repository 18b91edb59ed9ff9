import Configuration

/// Takes the values of a file, and collects what is wrong with them instead of ending at the first
/// mistake. A path such as `options.name` names a value in messages.
package struct YAMLReader {
  package var problems = YAMLProblems()

  package init() {}

  /// The values of a mapping by key. Keys that are not known are problems.
  package mutating func mapping(
    _ node: YAMLNode, _ path: String, known: [String]
  ) -> [String: YAMLNode] {
    guard case .mapping(let entries) = node.content else {
      expect("a mapping with \(known.joined(separator: ", "))", node, path)
      return [:]
    }
    var values: [String: YAMLNode] = [:]
    for (key, value) in entries {
      if known.contains(key.text) {
        values[key.text] = value
      } else {
        let nearest = NearestName.find(key.text, among: known)
        problems.add(
          "\(Self.path(path, key.text)): no such key"
            + (nearest.map { "; did you mean \($0)?" }
              ?? "; accepted: \(known.joined(separator: ", "))"),
          at: key.place)
      }
    }
    return values
  }

  /// The entries of a mapping whose keys are free.
  package mutating func entries(
    _ node: YAMLNode, _ path: String
  ) -> [(key: WrittenText, value: YAMLNode)] {
    guard case .mapping(let entries) = node.content else {
      expect("a mapping", node, path)
      return []
    }
    return entries
  }

  /// The pairs of a mapping whose keys are free, with texts as values.
  package mutating func pairs(
    _ node: YAMLNode, _ path: String
  ) -> [(key: WrittenText, value: WrittenText)] {
    entries(node, path).compactMap { key, value in
      text(value, Self.path(path, key.text)).map { (key, $0) }
    }
  }

  /// A truth value. In quotes, it is a text.
  package mutating func flag(_ node: YAMLNode, _ path: String) -> Bool? {
    if case .scalar(let text, isPlain: true) = node.content {
      switch text.lowercased() {
      case "true", "yes", "on": return true
      case "false", "no", "off": return false
      default: break
      }
    }
    expect("true or false, without quotes", node, path)
    return nil
  }

  /// A whole number.
  package mutating func integer(_ node: YAMLNode, _ path: String) -> Int64? {
    if case .scalar(let text, isPlain: true) = node.content, let number = Int64(text) {
      return number
    }
    expect("a whole number", node, path)
    return nil
  }

  /// A text, as it is written. Nil, and a problem, if nothing is written or something else.
  package mutating func text(_ node: YAMLNode, _ path: String) -> WrittenText? {
    guard case .scalar(let text, _) = node.content, !node.isNull else {
      expect("a text", node, path)
      return nil
    }
    return WrittenText(text, node.place)
  }

  /// The texts of a list, or a text alone.
  package mutating func texts(_ node: YAMLNode, _ path: String) -> [WrittenText] {
    if case .scalar = node.content { return text(node, path).map { [$0] } ?? [] }
    return items(node, path).compactMap { text($0, path) }
  }

  /// The values of a list.
  package mutating func items(_ node: YAMLNode, _ path: String) -> [YAMLNode] {
    guard case .sequence(let items) = node.content else {
      expect("a list", node, path)
      return []
    }
    return items
  }

  private mutating func expect(_ what: String, _ node: YAMLNode, _ path: String) {
    let found =
      node.isNull ? "is empty; leave the key out, or write" : "is \(node.kind); accepted:"
    problems.add("\(path.isEmpty ? "the file" : path) \(found) \(what)", at: node.place)
  }

  /// The path of a key in a mapping.
  package static func path(_ path: String, _ key: String) -> String {
    path.isEmpty ? key : "\(path).\(key)"
  }
}
