import SystemPackage

/// The types of values that a schema can require.
enum ValueType: Sendable, Equatable {
  case path, paths, file, bool, integer, size, duration, url, pattern
  /// A regular expression, in the syntax of Swift's `Regex`, that must match the whole value.
  case regex(String)
  /// Words of a list. Only rules of the program have this type.
  case words([String])
  /// A value of `[login]`. Only rules of the program have this type.
  case login(LoginValue)
  /// Absolute paths that exist, except the root directory. Only rules of the program have this type.
  case hostPaths
  /// A URL of an OSTree repository, the name of a ref, or of a remote. Only rules of the program
  /// have these types.
  case repository, ref, remote
  /// An http or https URL. Only rules of the program have this type.
  case server

  private static let named: [(name: String, type: ValueType)] = [
    ("path", .path), ("paths", .paths), ("file", .file), ("bool", .bool), ("integer", .integer),
    ("size", .size), ("duration", .duration), ("url", .url), ("pattern", .pattern),
  ]

  private static let regexPrefix = "regex:"

  /// How a schema writes the types.
  static let names = named.map(\.name) + ["\(regexPrefix)PATTERN"]

  /// Parses the value of a `_type` line.
  init(_ text: String) throws(RuleSuffix.InvalidRule) {
    if let type = Self.named.first(where: { $0.name == text })?.type {
      self = type
    } else if text.hasPrefix(Self.regexPrefix) {
      let pattern = String(text.dropFirst(Self.regexPrefix.count))
      guard !pattern.isEmpty, (try? Regex(pattern)) != nil else {
        throw RuleSuffix.InvalidRule(reason: "'\(pattern)' is not a regular expression")
      }
      self = .regex(pattern)
    } else {
      let nearest = NearestName.find(text, among: Self.named.map(\.name))
      throw RuleSuffix.InvalidRule(
        reason: "'\(text)' is not one of the types \(Self.names.joined(separator: ", "))"
          + (nearest.map { "; did you mean \($0)?" } ?? ""))
    }
  }

  /// A description of the accepted values, for messages such as "accepted: ...".
  var accepted: String {
    switch self {
    case .path: "an existing path"
    case .paths: "existing paths, separated by spaces"
    case .file: "the path of an existing file"
    case .bool: BooleanSyntax.accepted
    case .integer: "a whole number"
    case .size: ByteSizeSyntax.accepted
    case .duration: DurationSyntax.accepted
    case .url: URLSyntax.accepted
    case .pattern: "a regular expression"
    case .regex(let pattern): "text that matches \(pattern)"
    case .words(let known): "\(known.joined(separator: ", ")), separated by spaces"
    case .login(let value): value.accepted
    case .hostPaths: "absolute paths that exist, except /, separated by spaces"
    case .repository: RepositoryURLSyntax.accepted
    case .ref: RefSyntax.acceptedRef
    case .remote: RefSyntax.acceptedRemote
    case .server: ServerURLSyntax.accepted
    }
  }

  /// Returns whether a value has the type. Relative paths start at `directory`.
  func accepts(_ text: String, relativeTo directory: FilePath) -> Bool {
    switch self {
    case .path: exists(text, in: directory)
    case .paths: PythonText.words(text).allSatisfy { exists($0, in: directory) }
    case .file:
      exists(text, in: directory) && !Directories.isDirectory(directory.pushing(FilePath(text)))
    case .bool: BooleanSyntax.value(text) != nil
    case .integer: Int(text) != nil
    case .size: ByteSizeSyntax.value(text) != nil
    case .duration: DurationSyntax.value(text) != nil
    case .url: URLSyntax.isValid(text)
    case .pattern: (try? Regex(text)) != nil
    case .regex(let pattern): (try? Regex(pattern).wholeMatch(in: text)) != nil
    case .words(let known): PythonText.words(text).allSatisfy(known.contains)
    case .login(let value): !value.problems(in: text).contains(where: \.isError)
    case .hostPaths: PythonText.words(text).allSatisfy(isHostPath)
    case .repository: RepositoryURLSyntax.normalized(text) != nil
    case .ref: RefSyntax.isValidRef(text)
    case .remote: RefSyntax.isValidRemote(text)
    case .server: ServerURLSyntax.normalized(text) != nil
    }
  }

  /// Returns the paths in a value that do not exist; none if the type is not a path.
  func missingPaths(in text: String, relativeTo directory: FilePath) -> [FilePath] {
    let paths: [String] =
      switch self {
      case .path, .file: [text]
      case .paths: PythonText.words(text)
      case .hostPaths: PythonText.words(text).filter { FilePath($0).isAbsolute }
      default: []
      }
    return paths.filter { !exists($0, in: directory) }.map { directory.pushing(FilePath($0)) }
  }

  /// Returns the known word nearest to the first unknown word of a value.
  func nearest(to text: String) -> String? {
    guard case .words(let known) = self else { return nil }
    return PythonText.words(text).first { !known.contains($0) }
      .flatMap { NearestName.find($0, among: known) }
  }

  private func isHostPath(_ text: String) -> Bool {
    let path = FilePath(text)
    return path.isAbsolute && !path.lexicallyNormalized().components.isEmpty
      && exists(text, in: "/")
  }

  private func exists(_ text: String, in directory: FilePath) -> Bool {
    !text.utf8.contains(0) && TextFile.exists(directory.pushing(FilePath(text)))
  }
}
