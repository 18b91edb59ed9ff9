import Synchronization
import SystemPackage

/// Inspects hooks and helpers without running them. Each script is read once for all variants.
final class HookLint: Sendable {
  private let declared: Set<String>
  /// What the hooks need on the host.
  let requirements = HostRequirements()
  private let scripts = Mutex<[FilePath: Task<ScriptFile, Never>]>([:])

  init(_ knownNames: KnownNames) {
    declared = knownNames.variables
  }

  /// Returns the problems of the hooks of a configuration and of the helpers that they use.
  ///
  /// - Returns: `broken`, problems because of which a hook cannot run; `odd`, probable mistakes.
  func findings(
    _ configuration: Configuration, _ hooks: [FilePath], _ paths: BuildPaths
  ) async -> (broken: [Finding], odd: [Finding]) {
    let exported = configuration.variableNames
    let own = await scripts(hooks, areSourced: true)
    let shared = await usedHelpers(by: own, paths)
    let inChroot = exported.filter { $0.hasSuffix("_CHROOT") }
      .map { String($0.dropLast("_CHROOT".count)) }
    let assigned = (own + shared).flatMap(\.text.assigned)
    let provided = exported.union(inChroot).union(Self.builderVariables)
    let known = provided.union(assigned)
    // Hooks of any variant can call a helper.
    let knownAnywhere = known.union(declared)
    let odd =
      shared.flatMap(\.findings) + own.flatMap { unknownNames(in: $0, known, provided) }
      + shared.flatMap { unknownNames(in: $0, knownAnywhere, provided) }
    return (own.flatMap(\.findings), odd)
  }

  /// Returns the `.sh` and `.py` files, and the helpers that a hook or another used helper names.
  /// Other helpers are not inspected, because a site may have helpers that it does not use.
  private func usedHelpers(by hooks: [ScriptFile], _ paths: BuildPaths) async -> [ScriptFile] {
    let all = await scripts(Self.helpers(of: paths), areSourced: false)
    var used = all.filter { $0.name.hasSuffix(".sh") || $0.name.hasSuffix(".py") }
    var callers = hooks + used
    while !callers.isEmpty {
      let known = Set(used.map(\.path))
      callers = all.filter { helper in
        !known.contains(helper.path)
          && callers.contains { $0.text.calledNames.contains(helper.name) }
      }
      used += callers
    }
    return used
  }

  private func scripts(_ paths: [FilePath], areSourced: Bool) async -> [ScriptFile] {
    var files: [ScriptFile] = []
    for task in paths.map({ script($0, isSourced: areSourced || $0.extension == "sh") }) {
      files.append(await task.value)
    }
    return files
  }

  private func script(_ path: FilePath, isSourced: Bool) -> Task<ScriptFile, Never> {
    scripts.withLock { scripts in
      if let task = scripts[path] { return task }
      let task = Task {
        await ScriptFile(
          path, isSourced: isSourced, runsInChroot: path.string.hasSuffix(".chroot"))
      }
      scripts[path] = task
      return task
    }
  }

  private func unknownNames(
    in script: ScriptFile, _ known: Set<String>, _ provided: Set<String>
  ) -> [Finding] {
    script.text.uses.filter { !known.contains($0.name) }.map { use in
      let nearest = NearestName.find(use.name, among: provided.sorted())
      let place = Origin.file(script.path, line: use.line)
      return Finding(
        "\(place): \(use.name) is set by no option of this variant and not by the builder"
          + (nearest.map { "; did you mean \($0)?" } ?? ""), at: place)
    }
  }

  private static let builderVariables =
    BuildVariable.allCases.filter(\.isForHooks).map(\.rawValue)

  /// The files below `helpers` and `lib`, except hidden files and `.pyc` files.
  private static func helpers(of paths: BuildPaths) -> [FilePath] {
    let directories =
      [paths.helpersDirectory, paths.sourceDirectory.appending("lib")]
      + (paths.localDirectory.map { [$0.appending("helpers"), $0.appending("lib")] } ?? [])
    return directories.flatMap { directory in
      Directories.files(below: directory).map { directory.pushing(FilePath($0)) }
    }.filter { $0.lastComponent?.string.hasPrefix(".") == false && $0.extension != "pyc" }
  }
}
