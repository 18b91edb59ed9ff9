import Configuration
import SystemPackage

/// A program that a build needs on the host.
struct RequiredTool: Sendable, Equatable {
  /// The name that is looked up in PATH.
  let name: String
  /// The Debian package that has it.
  let package: String
  /// What it is needed for, as the end of "is needed to ...".
  let purpose: String

  /// Where the tool is.
  ///
  /// - Throws: `MissingTool`.
  func find() throws -> FilePath {
    guard let path = SearchPath.find(name) else { throw MissingTool(tool: self) }
    return path
  }
}

/// A program that the host lacks.
struct MissingTool: ExitStatusError, CustomStringConvertible {
  let tool: RequiredTool

  var exitStatus: ExitStatus { .unavailable }
  var description: String {
    "the program \(tool.name) is not installed; it is needed to \(tool.purpose); "
      + "install it: apt-get install \(tool.package)"
  }
}
