import Configuration

/// Why a build boots no image.
enum BootTestSkip: String, Sendable, Codable {
  case flag = "--no-boot-test"
  case dryRun = "--dry-run"
  case disabled = "boot_test:enable is false"
}

/// Whether and how a build boots its image before it publishes: the `boot_test` section.
struct BootTestSettings: Sendable, Equatable {
  /// Whether the product may be published only after a boot.
  let isRequired: Bool
  /// Why this build boots nothing; nil when it does.
  let skip: BootTestSkip?
  let firmware: [Firmware]
  let timeout: Duration
  let memoryInBytes: UInt64
  /// What the serial console shows of a system that is up; nil when a report is expected.
  let successPattern: String?
  let model: MachineModel

  /// - Parameter flag: `--boot-test` or `--no-boot-test`, when one was given.
  /// - Throws: `ConfigurationError`.
  init(_ configuration: Configuration, flag: Bool?) throws {
    let options = Options.bootTest
    isRequired = try configuration.value(options.isEnabled)
    skip = Self.skip(
      flag: flag, isEnabled: isRequired, isDryRun: try configuration.value(Options.build.isDryRun))
    timeout = try configuration.value(options.timeout)
    guard let memory = try configuration.value(options.memory) else {
      throw try configuration.unacceptable(options.memory, accepted: ByteSizeText.accepted)
    }
    memoryInBytes = memory
    let pattern = try configuration.value(options.successPattern)
    successPattern = pattern.isEmpty ? nil : pattern
    model = MachineModel(arch: try configuration.value(Options.build.arch))
    firmware = try configuration.value(options.firmware).filter(model.firmware.contains)
    guard !firmware.isEmpty else {
      throw try configuration.unacceptable(options.firmware, accepted: "uefi")
    }
  }

  /// The settings as a stage of a running build has them.
  init(_ context: StageContext, environment: [String: String] = currentEnvironment()) throws {
    let flag = environment[variable: .bootTest].flatMap(BooleanText.value)
    try self.init(context.configuration, flag: flag)
  }

  /// Why nothing is booted: what the command line says comes first.
  static func skip(flag: Bool?, isEnabled: Bool, isDryRun: Bool) -> BootTestSkip? {
    switch flag {
    case true?: nil
    case false?: .flag
    case nil: isEnabled ? (isDryRun ? .dryRun : nil) : .disabled
    }
  }
}
