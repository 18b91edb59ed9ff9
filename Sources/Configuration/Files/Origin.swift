import SystemPackage

/// Where a setting was made.
package enum Origin: Sendable, Hashable, CustomStringConvertible {
  /// A line of a configuration file, counted from 1.
  case file(FilePath, line: Int)
  /// The defaults that are part of the program.
  case builtIn
  /// The command line, or what the program knows of the machine and the time.
  case program

  /// `FILE:LINE`, or what stands for it where there is no file.
  package var description: String {
    switch self {
    case .file(let path, let line): "\(path):\(line)"
    case .builtIn: "built-in"
    case .program: "command line"
    }
  }

  /// The file, when the setting was made in one.
  package var file: FilePath? {
    if case .file(let path, _) = self { path } else { nil }
  }

  /// The line in `file`, counted from 1.
  package var line: Int? {
    if case .file(_, let line) = self { line } else { nil }
  }
}
