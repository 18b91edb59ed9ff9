import Configuration
import SystemPackage

/// What signs the outputs of a build.
protocol Signer: Sendable {
  /// Writes the armored detached signature of a file.
  ///
  /// - Throws: any error; there is no file `signature` in that case.
  func sign(_ artifact: Artifact, to signature: FilePath) async throws

  /// The files with the public keys that verify the signatures.
  ///
  /// - Parameter scratch: an existing directory for a file that is made.
  /// - Throws: `OpenPGPError`, `LinuxError`.
  func publicKeys(_ scratch: FilePath) throws -> [FilePath]
}

/// Selects the signer.
enum Signing {
  /// Calls `body` with the command of `image:signing_command` or the key of `image:signing_keyid`,
  /// or with nil if neither is set.
  ///
  /// - Throws: as `SigningCommand.with` and `SigningKey.with`; what `body` throws.
  static func with<Result>(
    _ configuration: Configuration, _ paths: BuildPaths,
    _ body: ((any Signer)?) async throws -> Result
  ) async throws -> Result {
    if let command = try configuration.value(Options.image.signingCommand) {
      return try await SigningCommand.with(command, configuration, paths) { try await body($0) }
    }
    return try await SigningKey.with(configuration, paths) { try await body($0) }
  }
}

extension Configuration {
  /// The files in `image:signing_public_keys`. Relative paths start at the source directory.
  package var signingPublicKeys: [FilePath] {
    get throws(ConfigurationError) {
      let directory = try value(Options.build.sourceDirectory)
      return try value(Options.image.signingPublicKeys).map { directory.pushing(FilePath($0)) }
    }
  }
}
