import ArgumentParser
import Configuration
import SystemPackage

/// `--verify`: whether outputs are whole, and who signed them. The engine answers it.
package struct Verify: Question {
  static let name = "--verify"

  @Option(
    help: ArgumentHelp("Verify the outputs of a build in a directory.", valueName: "dir"),
    completion: .directory)
  var verify: String?
  @Option(
    name: .customLong("key"),
    help: ArgumentHelp(
      "With --verify: a public key that may have signed (repeatable; default: "
        + "image:signing_public_keys).", valueName: "file"), completion: .file())
  var keys: [String] = []

  package init() {}

  var isAsked: Bool { verify != nil }

  /// The directory to verify; nil when this is not asked.
  package var directory: FilePath? { verify.map(Directories.absolute) }

  /// The keys that the command line names.
  package var keyFiles: [FilePath] { keys.map(Directories.absolute) }

  package func validate() throws {
    guard verify != nil || keys.isEmpty else {
      throw ValidationError("--key goes with --verify.")
    }
  }

  func answer(_ command: ImageBuilder, _ filter: inout MessageFilter) throws -> ExitStatus {
    try Engine.run()
  }
}
