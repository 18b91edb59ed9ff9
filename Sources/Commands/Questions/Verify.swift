import ArgumentParser
import Configuration
import SystemPackage

/// `--verify`: checks whether outputs are complete and who signed them, in a directory or through the
/// URL of a published version. The engine runs it.
package struct Verify: Question {
  static let name = "--verify"

  @Option(
    help: ArgumentHelp(
      "Verify the outputs of a build in this directory, or a published version through its http or "
        + "https URL.", valueName: "dir|url"),
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

  package var isAsked: Bool { verify != nil }

  /// The directory to verify; nil if `--verify` is not given or names a URL.
  package var directory: FilePath? { isURL ? nil : verify.map(Directories.absolute) }

  /// The URL to verify; nil if `--verify` is not given or names a directory.
  package var url: String? { isURL ? verify.flatMap(ServerURLSyntax.normalized) : nil }

  private var isURL: Bool {
    let text = verify?.lowercased() ?? ""
    return text.prefixMatch(of: #/[a-z][a-z0-9+.-]*:\/\//#) != nil
  }

  /// The keys given with `--key`.
  package var keyFiles: [FilePath] { keys.map(Directories.absolute) }

  /// Checks that `--key` is given only with `--verify`, and that no name is empty.
  ///
  /// - Throws: `ValidationError`.
  package func validate() throws {
    guard verify != nil || keys.isEmpty else {
      throw ValidationError("--key requires --verify.")
    }
    try refuseEmptyName(verify, of: "--verify", kind: "directory or URL")
    guard !isURL || url != nil else {
      throw ValidationError("--verify accepts \(ServerURLSyntax.accepted).")
    }
    for key in keys { try refuseEmptyName(key, of: "--key", kind: "file") }
  }

  func answer(_ command: ImageBuilder, _ filter: inout MessageFilter) throws -> ExitStatus {
    try Engine.run()
  }
}
