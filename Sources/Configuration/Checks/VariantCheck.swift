import SystemPackage

/// All that can be known of a variant without building it, without root and without network.
package struct VariantCheck: Sendable {
  /// The variant.
  package let variant: Variant
  /// What would fail a build, or is refused by a closed configuration.
  package let errors: [Finding]
  /// What is odd.
  package let warnings: [Finding]

  init(_ variant: Variant, _ loader: ConfigurationLoader, _ lint: HookLint) async {
    self.variant = variant
    do {
      let configuration = try loader.load(variant, settings: BuildSettings())
      var errors: [Finding] = []
      var warnings = configuration.warnings.map { Finding("\($0)", at: $0.origin) }
      do { try configuration.validate() } catch { errors += Finding.all(error) }
      do {
        let (wrong, odd) = try await Self.checkHooks(configuration, lint)
        errors += wrong
        warnings += odd
      } catch {
        errors += Finding.all(error)
      }
      self.errors = errors.withoutRepetitions
      self.warnings = warnings.withoutRepetitions
    } catch {
      errors = Finding.all(error)
      warnings = []
    }
  }

  private static func checkHooks(
    _ configuration: Configuration, _ lint: HookLint
  ) async throws -> (errors: [Finding], warnings: [Finding]) {
    let paths = try BuildPaths(configuration)
    let groups = HookGroup.allCases.map(\.rawValue)
    let policy = configuration.schema.unknownNames
    var hooks: [FilePath] = []
    var errors: [Finding] = []
    var warnings: [Finding] = []
    for section in HookFiles.sections(of: configuration) {
      let (found, problems) = try HookFiles(section: section, paths).hooks(of: configuration)
      hooks += found.map(\.path)
      let findings = problems.flatMap(Finding.all)
      // The builder runs its own groups itself: there a missing hook fails any build.
      if groups.contains(section) || policy == .error {
        errors += findings
      } else {
        warnings += findings
      }
    }
    let (broken, odd) = await lint.findings(configuration, hooks, paths)
    return (errors + broken, policy == .allow ? [] : warnings + odd)
  }
}

extension [Finding] {
  /// The findings in their order, each once.
  fileprivate var withoutRepetitions: [Finding] {
    var seen: Set<Finding> = []
    return filter { seen.insert($0).inserted }
  }
}
