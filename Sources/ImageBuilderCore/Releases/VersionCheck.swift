import Configuration

/// Whether a published version is a good one: verified, and booted if its variant requires that.
struct VersionCheck: Sendable {
  /// What speaks against the version, worded to follow its name.
  let problems: [String]
  /// Why the image was not booted, if it need not be.
  let missingBoot: String?

  /// - Throws: `ConfigurationError`.
  init(_ facts: VersionFacts, _ configuration: Configuration) throws {
    let settings = try BootTestSettings(configuration, flag: nil)
    let isBooted = facts.boot?.machines.isEmpty == false
    missingBoot =
      settings.isRequired || isBooted ? nil : (facts.boot?.skipped ?? .disabled).rawValue
    problems = [
      facts.listDigest == nil ? "has no \(OutputListing.checksumList)" : nil,
      facts.isVerified ? nil : "was not verified: the check stage was left out",
      settings.isRequired || isBooted ? Self.bootProblem(facts, settings) : nil,
    ].compactMap { $0 }
  }

  private static func bootProblem(_ facts: VersionFacts, _ settings: BootTestSettings) -> String? {
    guard let boot = facts.boot else { return "was not booted: no boot is recorded" }
    if let skip = boot.skipped { return "was not booted: \(skip.rawValue)" }
    guard let image = facts.imageDigest else { return "has no disk image to boot" }
    let wanted = settings.isRequired ? settings.firmware : []
    return boot.gap(image: image, firmware: wanted).map { "has no good boot: \($0.reason)" }
  }
}
