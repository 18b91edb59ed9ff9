import Glibc
import SystemPackage

/// A program that a build needs on the host.
public struct RequiredTool: Sendable, Equatable {
  /// The name that is looked up in PATH.
  public let name: String
  /// The Debian package that has it.
  public let package: String
  /// What it is needed for, as the end of "is needed to ...".
  public let purpose: String

  /// Where the tool is.
  ///
  /// - Throws: `BuildError.missingTool`.
  public func find() throws -> FilePath {
    guard let path = Self.find(name, inPath: Command.standardPath) else {
      throw BuildError.missingTool(self)
    }
    return path
  }

  static func find(_ name: String, inPath path: String) -> FilePath? {
    path.split(separator: ":").lazy
      .map { FilePath(String($0)).appending(name) }
      .first { access($0.string, X_OK) == 0 }
  }
}
