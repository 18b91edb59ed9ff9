import SystemPackage

/// Where an option was set.
package enum Origin: Sendable, Hashable, CustomStringConvertible {
  /// A line of a configuration file. Line numbers start at 1.
  case file(FilePath, line: Int)
  /// The defaults in the program.
  case builtIn
  /// The command line, or a fact that the program determines, such as the architecture or the time.
  case program

  /// `FILE:LINE`, or a name for an origin that is not a file.
  package var description: String {
    switch self {
    case .file(let path, let line): "\(path):\(line)"
    case .builtIn: "built-in"
    case .program: "command line"
    }
  }

  /// The file, if the origin is a file.
  package var file: FilePath? {
    if case .file(let path, _) = self { path } else { nil }
  }

  /// The line in `file`, starting at 1.
  package var line: Int? {
    if case .file(_, let line) = self { line } else { nil }
  }
}
