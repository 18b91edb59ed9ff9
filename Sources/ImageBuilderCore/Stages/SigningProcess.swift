import Bindings
import Configuration
import Glibc
import SystemPackage

/// The process that signs a file for a hook: `image-builder sign-file FILE SIGNATURE`.
package enum SigningProcess {
  /// Signs a file with what signs the outputs of the running build.
  ///
  /// - Parameter setFilter: called with the function that removes private values from messages.
  /// - Throws: `StageError.outsideBuild`, `StageError.nothingSigns`, `ConfigurationError`,
  ///   `LinuxError`; as `Signing.with` and `Signer.sign`; `Interruption` after a signal.
  package static func run(
    _ file: FilePath, _ signature: FilePath, setFilter: (SecretFilter) -> Void
  ) throws -> ExitStatus {
    guard let saved = BuildVariable.savedConfiguration.value else {
      throw StageError.outsideBuild("sign-file")
    }
    umask(0o022)
    try Orphans.adopt()
    let settings = try Configuration.load(saved: FilePath(saved))
    let paths = try BuildPaths(settings)
    let configuration = try settings.markingPrivate(besides: paths.publicConfiguration)
    setFilter(configuration.secretFilter)
    try TerminationSignals.run {
      try await Signing.with(configuration, paths) { signer in
        guard let signer else { throw StageError.nothingSigns(file) }
        try await signer.sign(Artifact(file), to: signature)
      }
    }
    return .success
  }
}
