import SystemPackage

/// Inspects hooks and helpers without running them. Each script is read once for all variants.
package final class HookLint: Sendable {
  /// The farthest name that is suggested for a variable that its script tests, in edits. Sites have
  /// options with similar names.
  private static let farthestTestedName = 2

  /// The texts of the scripts.
  let texts = ScriptTexts()
  private let declared: Set<String>
  private let requirements: HostRequirements
  private let scripts = PerFile<ScriptFile>()

  init(_ knownNames: KnownNames) {
    declared = knownNames.variables
    requirements = HostRequirements(texts)
  }

  /// Returns the problems of one hook that do not depend on a variant.
  package static func findings(in hook: FilePath) async -> [Finding] {
    await ScriptFile(hook, isSourced: true, runsInChroot: hook.isChrootHook).findings
  }

  /// Returns the problems of the hooks of a configuration and of the helpers that they use.
  ///
  /// - Returns: `broken`, problems because of which a hook cannot run; `odd`, probable mistakes.
  /// - Throws: `ConfigurationError` for a list of packages that cannot be expanded.
  func findings(
    _ configuration: Configuration, _ scripts: VariantScripts, _ paths: BuildPaths
  ) async throws(ConfigurationError) -> (broken: [Finding], odd: [Finding]) {
    let missing = try await requirements.missing(for: configuration, scripts.hooks, paths)
    // The look at a hook reports its interpreter, too.
    let told = await findings(in: scripts.hooks, areHooks: true)
    let broken =
      missing.filter { one in !told.contains { $0.origin == one.place } }.map(\.finding) + told
    let oddHelpers = await findings(in: scripts.shared, areHooks: false)
    let names = VariableNames(configuration, scripts)
    let all = scripts.all
    let unknown = all[..<scripts.hooks.count].flatMap { unknownNames($0, names, names.ofVariant) }
    let unknownInHelpers = all[scripts.hooks.count...].flatMap {
      // Hooks of any variant can call a helper.
      unknownNames($0, names, names.ofVariant.union(declared))
    }
    return (broken, oddHelpers + unknown + unknownInHelpers)
  }

  private func findings(in paths: [FilePath], areHooks: Bool) async -> [Finding] {
    var findings: [Finding] = []
    let tasks = paths.map { path in
      scripts.task(path) {
        await ScriptFile(
          path, isSourced: areHooks || path.extension == "sh", runsInChroot: path.isChrootHook)
      }
    }
    for task in tasks { findings += await task.value.findings }
    return findings
  }

  private func unknownNames(
    _ script: (path: FilePath, text: ScriptText), _ names: VariableNames, _ known: Set<String>
  ) -> [Finding] {
    script.text.uses.filter { !known.contains($0.name) }.compactMap { use in
      let isTested = script.text.tested.contains(use.name)
      let nearest = names.nearest(
        to: use.name, farthest: isTested ? Self.farthestTestedName : nil)
      // A script may test whether a variable is set that no option sets.
      if isTested, nearest == nil { return nil }
      let place = Origin.file(script.path, line: use.line)
      let fault = "\(place): \(use.name) is set by no option of this variant and not by the builder"
      return Finding(
        fault + (nearest.map { "; did you mean \($0)?" } ?? ""), at: place, fault: fault)
    }
  }
}

/// The names of the variables that the scripts of a variant can read.
private struct VariableNames {
  private static let builderVariables =
    BuildVariable.allCases.filter(\.isForHooks).map(\.rawValue)

  /// The variables of the variant's options, of the builder, and those that a script sets.
  let ofVariant: Set<String>
  private let configuration: Configuration

  init(_ configuration: Configuration, _ scripts: VariantScripts) {
    self.configuration = configuration
    ofVariant = Self.provided(configuration.variableNames)
      .union(scripts.all.flatMap { $0.text.assigned })
  }

  /// Returns the nearest variable, but none that only private files or scripts set.
  func nearest(to name: String, farthest: Int?) -> String? {
    NearestName.find(
      name, among: Self.provided(configuration.publicVariableNames).sorted(), farthest: farthest)
  }

  private static func provided(_ exported: Set<String>) -> Set<String> {
    let inChroot = exported.filter { $0.hasSuffix("_CHROOT") }
      .map { String($0.dropLast("_CHROOT".count)) }
    return exported.union(inChroot).union(builderVariables)
  }
}
