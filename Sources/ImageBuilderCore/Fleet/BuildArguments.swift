import Configuration

/// The command line of the build of a variant, which does not depend on the directory in which it is
/// run.
struct BuildArguments: Sendable {
  let fleet: Fleet
  /// `--boot-test` or `--no-boot-test`; nil if neither is given.
  let bootTest: Bool?

  /// - Parameter more: more options.
  func words(for member: Fleet.Member, _ more: [String]) -> [String] {
    let (variant, sources) = (member.variant, fleet.sources)
    var words = [
      "--product", variant.product, "--arch", variant.arch.rawValue,
      "--platform", variant.platform, "--personality", variant.personality,
      "--fleet", fleet.name, "--build-version", fleet.build.buildVersion,
      "--configdir", sources.configDirectory.string,
      "--sysconfdir", sources.systemDirectory.string,
      "--cachedir", sources.cacheDirectory.string,
    ]
    for local in sources.localDirectories { words += ["--localdir", local.string] }
    if let file = sources.variablesFile { words += ["--vars", file.string] }
    if fleet.build.usesProductionOSTree { words.append("--use-production-ostree") }
    if let bootTest { words.append(bootTest ? "--boot-test" : "--no-boot-test") }
    return words + more + ["--", variant.branch]
  }
}
