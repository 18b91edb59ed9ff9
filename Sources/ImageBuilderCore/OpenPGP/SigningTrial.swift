import Bindings
import Configuration
import Glibc
import SystemPackage

/// Signs a small file before a build, and verifies the signature. A key that has expired, or a service
/// that does not answer, would otherwise fail the build at its end.
struct SigningTrial {
  private let configuration: Configuration
  private let paths: BuildPaths

  init(_ configuration: Configuration, _ paths: BuildPaths) {
    self.configuration = configuration
    self.paths = paths
  }

  /// Tries the key of `image:signing_keyid`, if it is set.
  ///
  /// The host's /tmp is hidden meanwhile, so that the copy of the secret key is not left there if the
  /// process is killed. Acts on the mount namespace of the process, which must be private.
  ///
  /// - Throws: `ConfigurationError`, `LinuxError`, `MissingSigningKey`, `UnusableSigningKey`;
  ///   `CommandFailure`.
  func tryKey() async throws {
    guard try configuration.value(Options.image.signingCommand) == nil else { return }
    let id = try configuration.value(Options.image.signingKeyID)
    guard !id.isEmpty else { return }
    let home = SigningKey.home(paths)
    // The mount hides a home directory that is below /tmp.
    let directory = try? FileDescriptor.open(home, .readOnly, options: [.directory, .closeOnExec])
    defer { try? directory?.close() }
    let link = directory.map { FilePath("/proc/\(getpid())/fd/\($0.rawValue)") }
    try Mount.filesystem("tmpfs", at: "/tmp", options: "mode=1777")
    defer { try? Mount.detach("/tmp") }
    try await SigningKey.with(id, copying: home, through: link) { key in
      do {
        try await run(key) { throw key.unusable(.expiresSoon($0, minimum: $1)) }
      } catch let error as SigningAgent.Refusal {
        throw key.unusable(.refused(error))
      } catch let error as TrustedSigners.Refusal {
        throw key.unusable(.badSignature(error.description))
      }
    }
  }

  /// Tries `image:signing_command`, if it is set. Must run where the stages of the build run, because
  /// the program may need something that a build cannot see or write to.
  ///
  /// - Throws: `ConfigurationError`, `LinuxError`, `SigningCommandFailure`, `ExpiringServiceKey`;
  ///   as `TrustedSigners.with`.
  func tryCommand() async throws {
    guard let command = try configuration.value(Options.image.signingCommand) else { return }
    // There is no log yet that would filter the lines.
    try await SigningCommand.with(command, configuration, paths, output: { _ in }) { command in
      try await run(command) { throw ExpiringServiceKey(expiration: $0, minimum: $1) }
    }
  }

  private func run(
    _ signer: some Signer, expiresSoon: (_ end: KeyExpiration, _ minimum: Duration) throws -> Void
  ) async throws {
    try await TemporaryDirectory.with(in: "/tmp") { scratch in
      let file = scratch.appending("signing-trial-\(paths.outputVersion)")
      try FileAccess.write("Signed to try the key.\n", to: file)
      let artifact = try Artifact(file)
      let signature = FilePath("\(file).asc")
      try await signer.sign(artifact, to: signature)
      try await TrustedSigners.with(signer.publicKeys(scratch)) { signers in
        guard let signers else { return }
        _ = try await signers.signer(of: signature, over: artifact.content, in: file)
        guard let minimum = try configuration.value(Options.image.signingKeyValidity),
          let end = try signers.expiration(ofKeyOf: signature),
          end.time - Int64(time(nil)) < minimum.components.seconds
        else { return }
        try expiresSoon(end, minimum)
      }
    }
  }
}

/// The key with which the program of `image:signing_command` signs expires soon.
struct ExpiringServiceKey: ExitStatusError, CustomStringConvertible {
  let expiration: KeyExpiration
  let minimum: Duration

  var exitStatus: ExitStatus { .unavailable }
  var description: String {
    "the key with which image:signing_command signs expires on "
      + "\(UTCDate.text(UInt64(clamping: expiration.time))), in less than the "
      + "\(DurationSyntax.text(minimum)) of \(Options.image.signingKeyValidity.name); have it "
      + "extended, and replace its public key in \(Options.image.signingPublicKeys.name)"
  }
}
