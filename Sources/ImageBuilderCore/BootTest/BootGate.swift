import Bindings
import SystemPackage

/// Boots the finished image under each firmware, before it is published.
struct BootGate {
  private let context: StageContext
  private let settings: BootTestSettings
  private let hidden: SecretFilter
  private var paths: BuildPaths { context.paths }
  private var directory: FilePath { paths.temporaryDirectory.appending("boot-test") }

  /// The extensions of what is kept of a boot: console and screen.
  static func records(of firmware: Firmware) -> [String] {
    ["console-\(firmware.rawValue).txt", "screen-\(firmware.rawValue).png"]
  }

  /// - Throws: `ConfigurationError`.
  init(_ context: StageContext) throws {
    self.context = context
    settings = try BootTestSettings(context)
    hidden = SecretFilter(try context.configuration.privateValues)
  }

  /// Boots, and keeps consoles and screens beside the image.
  ///
  /// - Parameter image: the image as it was unpacked to be verified.
  /// - Returns: what to record, and the failure that ends the build.
  /// - Throws: `BuildError`, `CommandFailure`, `LinuxError` when nothing can be booted at all.
  func run(_ image: RawDiskImage?) async throws -> (BootRecord, BuildError?) {
    if settings.skip == .disabled { return (BootRecord(image: nil, skipped: .disabled), nil) }
    let facts = try ImageFacts(paths)
    if let skip = settings.skip {
      context.say("boot test: skipped (\(skip.rawValue))")
      return (BootRecord(image: facts.digest, skipped: skip), nil)
    }
    guard let image = image?.path else {
      throw BuildError.unreadableManifest(
        paths.output("manifest.json"), reason: "it has no image to boot")
    }
    try await BuildDirectories.recreate(directory)
    var machines: [BootRecord.Machine] = []
    var acceleration = VirtualMachine.Acceleration.promised(
      arch: try context.configuration.value("build", "arch"))
    for firmware in settings.firmware {
      let (machine, failure) = try await boot(image, firmware, facts, &acceleration)
      machines.append(machine)
      if let failure { return (BootRecord(image: facts.digest, machines: machines), failure) }
    }
    try await BuildDirectories.remove(directory)
    return (BootRecord(image: facts.digest, machines: machines), nil)
  }

  private func boot(
    _ image: FilePath, _ firmware: Firmware, _ facts: ImageFacts,
    _ acceleration: inout VirtualMachine.Acceleration
  ) async throws -> (BootRecord.Machine, BuildError?) {
    var outcome = try await attempt(image, firmware, facts, acceleration)
    if acceleration == .kvm, outcome.failure?.mayBeTheHosts == true {
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
      let proof = settings.successPattern == nil ? "no failed unit" : "the console says so"
      context.say(
        "boot test (\(firmware.rawValue)): up in \(formattedSeconds(outcome.duration)), \(proof)")
      return (machine, nil)
    }
    return (machine, .bootFailed(firmware, failure, lines: outcome.lines, console: console))
  }

  private func attempt(
    _ image: FilePath, _ firmware: Firmware, _ facts: ImageFacts,
    _ acceleration: VirtualMachine.Acceleration
  ) async throws -> Boot.Outcome {
    context.say("boot test (\(firmware.rawValue)): booting, \(acceleration.rawValue)")
    let place = directory.appending(firmware.rawValue)
    try await BuildDirectories.recreate(place)
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

  /// - Returns: the file with what the console printed.
  private func keep(_ firmware: Firmware, _ outcome: Boot.Outcome) async throws -> FilePath {
    let records = Self.records(of: firmware).map(paths.output)
    let (console, screen) = (records[0], records[1])
    try await BuildDirectories.remove(screen)
    try FileAccess.write(hidden(outcome.transcript), to: console)
    let taken = directory.appending(firmware.rawValue).appending(Boot.screenshot)
    if BuildDirectories.exists(taken) { try FileAccess.copy(taken, to: screen) }
    return console
  }
}
