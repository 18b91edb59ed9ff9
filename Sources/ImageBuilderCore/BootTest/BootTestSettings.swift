import Configuration

/// The reason why a build does not boot its image.
enum BootTestSkip: String, Sendable, Codable {
  case flag = "--no-boot-test"
  case dryRun = "--dry-run"
  case disabled = "boot_test:enable is false"
}

/// Whether and how a build boots its image before publishing it: the `boot_test` section.
struct BootTestSettings: Sendable, Equatable {
  /// Whether images of the product must be booted before they are published.
  let isRequired: Bool
  /// The reason why this build boots nothing; nil if it boots the image.
  let skip: BootTestSkip?
  let firmware: [Firmware]
  let timeout: Duration
  let memoryInBytes: UInt64
  /// The text on the serial console that proves that the system is up; nil if a report is expected.
  let successPattern: String?
  let model: MachineModel
  /// Whether the disk image is booted with Secure Boot under UEFI.
  let hasSecureBoot: Bool

  /// - Parameter flag: `--boot-test` (true) or `--no-boot-test` (false); nil if neither was given.
  /// - Throws: `ConfigurationError`.
  init(_ configuration: Configuration, flag: Bool?) throws {
    let options = Options.bootTest
    isRequired = try configuration.value(options.isEnabled)
    skip = Self.skip(
      flag: flag, isEnabled: isRequired, isDryRun: try configuration.value(Options.build.isDryRun))
    timeout = try configuration.value(options.timeout)
    memoryInBytes = try configuration.value(options.memory)
    let pattern = try configuration.value(options.successPattern)
    successPattern = pattern.isEmpty ? nil : pattern
    model = MachineModel(arch: try configuration.value(Options.build.arch))
    hasSecureBoot = try configuration.value(Options.image.hasSecureBoot)
    firmware = try configuration.value(options.firmware).filter(model.firmware.contains)
    guard !firmware.isEmpty else {
      throw try configuration.unacceptable(options.firmware, accepted: "uefi")
    }
  }

  /// The settings of a stage in a running build.
  ///
  /// - Throws: `ConfigurationError`.
  init(_ context: StageContext, environment: [String: String] = currentEnvironment()) throws {
    let flag = environment[variable: .bootTest].flatMap(BooleanSyntax.value)
    try self.init(context.configuration, flag: flag)
  }

  /// The reason why nothing is booted. The command line takes precedence.
  static func skip(flag: Bool?, isEnabled: Bool, isDryRun: Bool) -> BootTestSkip? {
    switch flag {
    case true?: nil
    case false?: .flag
    case nil: isEnabled ? (isDryRun ? .dryRun : nil) : .disabled
    }
  }
}
