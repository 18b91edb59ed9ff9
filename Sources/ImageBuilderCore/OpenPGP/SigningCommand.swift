import Bindings
import Configuration
import Glibc
import SystemPackage

/// The program of `image:signing_command`, which has a signing service make signatures.
///
/// It gets a second name of the file in a directory of its own, so that what it writes beside the
/// file is no output. A signature becomes an output only after it has been verified.
struct SigningCommand: Signer {
  private static let longestSignatureInBytes = 1 << 16

  private let template: CommandTemplate
  private let keys: [FilePath]
  private let signers: TrustedSigners
  private let limit: Duration?
  private let secrets: SecretFilter
  private let paths: BuildPaths
  private let output: @Sendable (String) -> Void

  /// Calls `body` with the command.
  ///
  /// - Parameter output: called with each line that the program prints.
  /// - Throws: `ConfigurationError`; as `TrustedSigners.with`; what `body` throws.
  static func with<Result>(
    _ template: CommandTemplate, _ configuration: Configuration, _ paths: BuildPaths,
    output: @escaping @Sendable (String) -> Void = { StageLog.line("signing", $0) },
    _ body: (SigningCommand) async throws -> Result
  ) async throws -> Result {
    let keys = try configuration.signingPublicKeys
    return try await TrustedSigners.with(keys) { signers in
      // `Configuration.validate()` refuses a command without keys.
      guard let signers else {
        throw try configuration.unacceptable(
          Options.image.signingPublicKeys, accepted: "at least one file of public keys")
      }
      return try await body(
        SigningCommand(
          template: template, keys: keys, signers: signers,
          limit: try configuration.value(Options.image.signingTimeout),
          secrets: configuration.secretFilter, paths: paths, output: output))
    }
  }

  /// - Throws: `MissingSigningProgram` if the program is not on this host.
  static func checkProgram(_ configuration: Configuration) throws {
    guard let template = try configuration.value(Options.image.signingCommand) else { return }
    let program = template.program
    let isFound =
      program.hasPrefix("/")
      ? FileKind(following: FilePath(program)) == .regular && access(program, X_OK) == 0
      : SearchPath.find(program) != nil
    guard isFound else { throw MissingSigningProgram(program: program) }
  }

  func publicKeys(_ scratch: FilePath) -> [FilePath] { keys }

  /// - Throws: `SigningCommandFailure`; `LinuxError`; `NoTemporaryDirectory`.
  func sign(_ artifact: Artifact, to signature: FilePath) async throws {
    try await TemporaryDirectory.with(in: paths.temporaryDirectory) { directory in
      let file = directory.appending(artifact.name)
      try FileAccess.link(artifact.path, to: file)
      let before = FileState(of: file)
      try await run(for: file)
      guard FileState(of: file) == before else { throw failure(artifact, .changedFile) }
      let result = FilePath("\(file).asc")
      let verified = directory.appending("verified")
      try FileAccess.write(try text(of: result, artifact), to: verified, waitsForDisk: false)
      do throws(TrustedSigners.Refusal) {
        _ = try await signers.signer(of: verified, over: artifact.content, in: artifact.path)
      } catch {
        throw failure(artifact, .refused(error.description))
      }
      try FileAccess.write(try FileAccess.bytes(of: verified), to: signature)
    }
  }

  /// The signature that the program has left, in the one form that verification accepts.
  private func text(of result: FilePath, _ artifact: Artifact) throws -> String {
    let text: String
    do {
      text = try UntrustedFile.text(
        of: result, maximumSizeInBytes: Self.longestSignatureInBytes)
    } catch {
      throw failure(artifact, .noSignature("\(error)"))
    }
    guard let packet = ArmoredSignature.packet(inAnyArmor: text) else {
      throw failure(artifact, .refused("is not one armored OpenPGP signature"))
    }
    return ArmoredSignature.text(of: packet)
  }

  private func run(for file: FilePath) async throws {
    let name = file.lastComponent!.string
    var environment = Command.toolEnvironment
    environment["EIB_SYSCONFDIR"] = paths.systemDirectory.string
    let command = Command(
      template.program, template.arguments(for: file.string), environment: environment,
      workingDirectory: paths.sourceDirectory)
    let descendants = Descendants()
    let limit = limit
    do {
      try await withTimeLimit(
        limit, orThrow: { SigningCommandFailure(file: name, reason: .timedOut(limit ?? .zero)) }
      ) {
        try await command.run(
          withoutSplitting: secrets, output: output,
          whenEnded: { endRemainingProcesses(descendants) })
      }
    } catch let error as CommandFailure {
      throw SigningCommandFailure(file: name, reason: .failed(error))
    }
  }

  private func endRemainingProcesses(_ descendants: Descendants?) {
    for left in descendants?.end(patience: Task.isCancelled ? .zero : .seconds(1)) ?? [] {
      output("warning: left a process behind, which was ended: \(LoggedCommand(left, secrets))")
    }
  }

  private func failure(
    _ artifact: Artifact, _ reason: SigningCommandFailure.Reason
  ) -> SigningCommandFailure {
    SigningCommandFailure(file: artifact.name, reason: reason)
  }
}

/// The program of `image:signing_command` is not on this host.
struct MissingSigningProgram: ExitStatusError, CustomStringConvertible {
  let program: String

  var exitStatus: ExitStatus { .unavailable }
  var description: String {
    "image:signing_command names the program \(visible(program)), but there is no such executable "
      + "file\(program.hasPrefix("/") ? "" : " in \(SearchPath.standard)"); install it or give its "
      + "absolute path"
  }
}

/// The program of `image:signing_command` did not leave a usable signature.
struct SigningCommandFailure: ExitStatusError, CustomStringConvertible {
  enum Reason: Sendable {
    case failed(CommandFailure)
    case timedOut(Duration)
    /// The signature cannot be read.
    case noSignature(String)
    /// The signature is not accepted. The text is worded to follow its name.
    case refused(String)
    case changedFile
  }

  /// The name of the file to sign.
  let file: String
  let reason: Reason

  var exitStatus: ExitStatus { .unavailable }
  var description: String {
    let beginning = "image:signing_command did not sign \(file)"
    switch reason {
    case .failed(let failure): return "\(beginning): \(failure)"
    case .timedOut(let limit):
      return "\(beginning): it was ended after \(DurationSyntax.text(limit)), the limit of "
        + "\(Options.image.signingTimeout.name); if the service needs longer, raise the option"
    case .noSignature(let why):
      return "\(beginning): it ended with status 0, but \(file).asc cannot be read: \(why). The "
        + "command must leave an armored detached signature in {file}.asc"
    case .refused(let why):
      return "\(beginning): \(file).asc \(why). \(Options.image.signingPublicKeys.name) must list "
        + "the public key of the signing service, and the service must make a detached signature of "
        + "the whole file"
    case .changedFile:
      return "\(beginning): it changed the file. The command must only read {file}"
    }
  }
}
