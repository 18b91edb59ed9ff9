import Commands
import Configuration
import ImageBuilderCore
import SystemPackage

/// Verifies a directory of outputs, or a published version, and prints the result.
///
/// - Returns: `dataError` if there are findings.
func verify(_ command: ImageBuilder) throws -> ExitStatus {
  let verification: Verification
  if let url = command.verify.url {
    verification = try Verification.run(
      url: url, logins: Netrc.path(in: command.directories.systemDirectory),
      keys: keys(command))
  } else if let directory = command.verify.directory {
    verification = try Verification.run(directory, keys: keys(command))
  } else {
    return .usage
  }
  report(verification.findings.map { "error: \($0)" })
  guard verification.findings.isEmpty else { return .dataError }
  try answer("\(verification.summary)\n")
  return .success
}

/// Returns the keys given on the command line, or those of `image:signing_public_keys` if there are
/// none.
private func keys(_ command: ImageBuilder) throws -> [FilePath] {
  let keys = command.verify.keyFiles
  guard keys.isEmpty else { return keys }
  return try command.loader().load(command.variant(), settings: command.build.settings())
    .signingPublicKeys
}
