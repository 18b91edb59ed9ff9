import Configuration
import SystemPackage

/// A program that a build needs on the host.
struct RequiredTool: Sendable, Equatable {
  /// The name that is searched for in PATH.
  let name: String
  /// The Debian package that contains the program.
  let package: String
  /// The purpose, worded to follow "is needed to".
  let purpose: String

  /// Returns the path of the program.
  ///
  /// - Throws: `MissingTool`.
  func find() throws -> FilePath {
    guard let path = SearchPath.find(name) else { throw MissingTool(tool: self) }
    return path
  }
}

/// A required program that is not installed.
struct MissingTool: ExitStatusError, CustomStringConvertible {
  let tool: RequiredTool

  var exitStatus: ExitStatus { .unavailable }
  var description: String {
    "the program \(tool.name) is not installed; it is needed to \(tool.purpose); "
      + "install it: apt-get install \(tool.package)"
  }
}
