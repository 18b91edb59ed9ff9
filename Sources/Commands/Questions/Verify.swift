import ArgumentParser
import Configuration
import SystemPackage

/// `--verify`: checks whether outputs are complete and who signed them. The engine runs it.
package struct Verify: Question {
  static let name = "--verify"

  @Option(
    help: ArgumentHelp("Verify the outputs of a build in this directory.", valueName: "dir"),
    completion: .directory)
  var verify: String?
  @Option(
    name: .customLong("key"),
    help: ArgumentHelp(
      "With --verify: public key of a possible signer; may be repeated. "
        + "(default: image:signing_public_keys)", valueName: "file"),
    completion: .file())
  var keys: [String] = []

  package init() {}

  var isAsked: Bool { verify != nil }

  /// The directory to verify; nil if `--verify` is not given.
  package var directory: FilePath? { verify.map(Directories.absolute) }

  /// The keys given with `--key`.
  package var keyFiles: [FilePath] { keys.map(Directories.absolute) }

  /// Checks that `--key` is given only with `--verify`, and that no name is empty.
  ///
  /// - Throws: `ValidationError`.
  package func validate() throws {
    guard verify != nil || keys.isEmpty else {
      throw ValidationError("--key requires --verify.")
    }
    try refuseEmptyName(verify, of: "--verify", kind: "directory")
    for key in keys { try refuseEmptyName(key, of: "--key", kind: "file") }
  }

  func answer(_ command: ImageBuilder, _ filter: inout MessageFilter) throws -> ExitStatus {
    try Engine.run()
  }
}
