import Configuration
import SystemPackage

/// Boots the finished image with each firmware before it is published.
struct BootGate {
  private let context: StageContext
  private let settings: BootTestSettings
  private let hidden: SecretFilter
  private var paths: BuildPaths { context.paths }
  private var directory: FilePath { paths.temporaryDirectory.appending("boot-test") }

  /// - Throws: `ConfigurationError`.
  init(_ context: StageContext) throws {
    self.context = context
    settings = try BootTestSettings(context)
    hidden = context.configuration.secretFilter
  }

  /// Boots the image, and saves consoles and screens beside it.
  ///
  /// - Parameter image: the verified raw image; nil if there is none.
  /// - Returns: the record for check.json, and the failure that ends the build, if any.
  /// - Throws: `OutputError`, `CommandFailure`, `LinuxError` if nothing can be booted.
  func run(_ image: RawDiskImage?) async throws -> (BootRecord, BootTestError?) {
    if settings.skip == .disabled { return (BootRecord(image: nil, skipped: .disabled), nil) }
    var facts = try BootableImage(paths)
    if let skip = settings.skip {
      context.say("boot test: skipped (\(skip.rawValue))")
      return (BootRecord(image: facts.digest, skipped: skip), nil)
    }
    guard let image else {
      throw OutputError.unreadableManifest(
        paths.output(OutputManifest.fileExtension), reason: "it has no image to boot")
    }
    try await Directories.recreate(directory)
    facts.system.kernelArguments = try await BootMenu.defaultArguments(
      in: image, scratch: directory)
    var machines: [BootRecord.Machine] = []
    var acceleration = VirtualMachine.Acceleration.promised(
      arch: try context.configuration.value(Options.build.arch))
    for firmware in settings.firmware {
      let (machine, failure) = try await boot(image.path, firmware, facts, &acceleration)
      machines.append(machine)
      if let failure { return (BootRecord(image: facts.digest, machines: machines), failure) }
    }
    try await Directories.remove(directory)
    return (BootRecord(image: facts.digest, machines: machines), nil)
  }

  private func boot(
    _ image: FilePath, _ firmware: Firmware, _ facts: BootableImage,
    _ acceleration: inout VirtualMachine.Acceleration
  ) async throws -> (BootRecord.Machine, BootTestError?) {
    var outcome = try await attempt(image, firmware, facts, acceleration)
    if acceleration == .kvm, outcome.failure?.mayBeCausedByHost == true {
      context.say("KVM does not work here; instructions are translated")
      acceleration = .tcg
      outcome = try await attempt(image, firmware, facts, acceleration)
    }
    let console = try await keep(firmware, outcome)
    let reason = outcome.failure.map { hidden($0.reason) }
    let machine = BootRecord.Machine(
      firmware: firmware, result: reason == nil ? .passed : .failed, reason: reason,
      evidence: settings.successPattern == nil ? .report : .console,
      seconds: (outcome.duration / .milliseconds(100)).rounded() / 10, acceleration: acceleration)
    guard let failure = outcome.failure else {
      let proof = settings.successPattern == nil ? "no failed unit" : "the console matches"
      context.say(
        "boot test (\(firmware.rawValue)): up in \(formattedSeconds(outcome.duration)), \(proof)")
      return (machine, nil)
    }
    return (machine, .failed(firmware, failure, lines: outcome.lines, console: console))
  }

  private func attempt(
    _ image: FilePath, _ firmware: Firmware, _ facts: BootableImage,
    _ acceleration: VirtualMachine.Acceleration
  ) async throws -> Boot.Outcome {
    context.say("boot test (\(firmware.rawValue)): booting, \(acceleration.rawValue)")
    let place = directory.appending(firmware.rawValue)
    try await Directories.recreate(place)
    let machine = VirtualMachine(
      model: settings.model, firmware: firmware, acceleration: acceleration,
      memoryInBytes: settings.memoryInBytes, disk: image,
      variables: place.appending("variables.fd"))
    return try await Boot(
      machine: machine,
      proof: settings.successPattern.map { .console($0) } ?? .report(facts.system),
      timeout: settings.timeout, directory: place
    ).run()
  }

  /// - Returns: the file with the output on the console.
  private func keep(_ firmware: Firmware, _ outcome: Boot.Outcome) async throws -> FilePath {
    let console = paths.output(OutputListing.consoleRecord(of: firmware))
    let screen = paths.output(OutputListing.screenRecord(of: firmware))
    try await Directories.remove(screen)
    try FileAccess.write(hidden(outcome.transcript), to: console)
    let taken = directory.appending(firmware.rawValue).appending(Boot.screenshot)
    if Directories.exists(taken) { try FileAccess.copy(taken, to: screen) }
    return console
  }
}
