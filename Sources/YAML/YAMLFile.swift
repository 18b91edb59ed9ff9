import Configuration
import SystemPackage
import Yams

/// Reads YAML files.
package enum YAMLFile {
  private static let largestInBytes = 1 << 20
  /// Aliases let a small file have any number of values.
  private static let mostValues = 100_000

  /// Reads the only document of a file.
  ///
  /// - Parameter ignoresFurther: whether documents after the first one are not read.
  /// - Returns: nil if the file has no value.
  /// - Throws: `YAMLProblems` for syntax errors and for keys that are written twice;
  ///   `ConfigurationError` if the file cannot be read.
  package static func read(
    _ file: FilePath, ignoresFurther: Bool = false
  ) throws -> YAMLNode? {
    let text = try TextFile.read(file)
    guard text.utf8.count <= largestInBytes else {
      throw YAMLProblems(.line(file, 1), "the file is larger than 1 MiB; is it the right file?")
    }
    let root: Node?
    do {
      let parser = try Parser(yaml: text, encoding: .utf8)
      root = try ignoresFurther ? parser.nextRoot() : parser.singleRoot()
    } catch let error as YamlError {
      throw YAMLProblems(error, file)
    }
    var left = mostValues
    return try root.map { try convert($0, file, &left) }
  }

  private static func convert(_ node: Node, _ file: FilePath, _ left: inout Int) throws -> YAMLNode
  {
    let place = WrittenText.Place.line(file, node.mark?.line ?? 1)
    left -= 1
    guard left >= 0 else {
      throw YAMLProblems(place, "the file has more than \(mostValues) values")
    }
    switch node {
    case .scalar(let scalar):
      let isPlain = scalar.style == .plain || scalar.style == .any
      return YAMLNode(content: .scalar(scalar.string, isPlain: isPlain), place: place)
    case .sequence(let items):
      return YAMLNode(
        content: .sequence(try items.map { try convert($0, file, &left) }), place: place)
    case .mapping(let pairs):
      let entries = try pairs.map { key, value in
        guard case .scalar(let name) = key else {
          throw YAMLProblems(
            .line(file, key.mark?.line ?? 1), "a key is a list or a mapping; accepted: a text")
        }
        let written = WrittenText(name.string, .line(file, key.mark?.line ?? 1))
        return (key: written, value: try convert(value, file, &left))
      }
      return YAMLNode(content: .mapping(entries), place: place)
    case .alias(let alias):
      throw YAMLProblems(place, "the alias \(alias.anchor.rawValue) is not known")
    }
  }
}

extension YAMLProblems {
  /// What the parser says, with the line.
  fileprivate init(_ error: YamlError, _ file: FilePath) {
    switch error {
    case .reader(let problem, let offset, _, _):
      self.init(.line(file, 1), "\(problem)\(offset.map { " at byte \($0)" } ?? "")")
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      self.init(.line(file, mark.line), problem)
    case .duplicatedKeysInMapping(let names, let context):
      self.init(
        .line(file, context.mark.line),
        names.map { "\($0): is written twice in one mapping; keep one" }.joined(separator: "; "))
    default:
      self.init(.line(file, 1), "\(error)")
    }
  }
}
