import Glibc
import SystemPackage

/// Finds what hooks need on the host and what is not there: the packages in `buildroot:packages`,
/// helpers, interpreters and Python modules. Hooks are read, not run, and each once for all variants.
package final class HostRequirements: Sendable {
  private let texts: ScriptTexts
  private let scripts = PerFile<HostScript>()

  package convenience init() { self.init(ScriptTexts()) }

  init(_ texts: ScriptTexts) {
    self.texts = texts
  }

  /// Returns what is missing for a configuration and its hooks.
  ///
  /// - Throws: `ConfigurationError` for a list of packages that cannot be expanded.
  package func missing(
    for configuration: Configuration, _ hooks: [FilePath], _ paths: BuildPaths
  ) async throws(ConfigurationError) -> [MissingRequirement] {
    var missing = try Self.missingPackages(configuration)
    var seen: Set<FilePath> = []
    var waiting = hooks
    while let path = waiting.popLast() {
      guard seen.insert(path).inserted else { continue }
      let script = await scripts.task(path) { await HostScript(path, paths) }.value
      missing += script.missing
      for call in script.calls {
        let helper = paths.helpersDirectory.pushing(FilePath(call.name))
        if TextFile.exists(helper) {
          waiting.append(helper)
        } else {
          missing.append(
            MissingRequirement(
              place: .file(path, line: call.line),
              text: "there is no helper \(helper); copy it to there", package: nil))
        }
      }
    }
    return missing
  }

  private static func missingPackages(
    _ configuration: Configuration
  ) throws(ConfigurationError) -> [MissingRequirement] {
    let option = Options.buildRoot.packages
    return try configuration.wordPlaces(of: option.name).sorted { $0.key < $1.key }
      .filter { InstalledPackages.ofHost?.contains($0.key.text) != true }
      .map { word, place in
        let name = place.isPrivate ? Interpolator.hiddenText : word.text
        return MissingRequirement(
          place: place.origin,
          text: "the package \(name) of buildroot:packages is not installed"
            + (InstalledPackages.ofHost == nil ? ", because this host has no dpkg" : ""),
          package: place.isPrivate ? nil : word.text)
      }
  }
}

/// What one script needs.
private struct HostScript: Sendable {
  let calls: [HelperCalls.Call]
  /// The interpreter or the modules that are not there.
  let missing: [MissingRequirement]

  init(_ path: FilePath, _ paths: BuildPaths) async {
    let bytes = (try? TextFile.bytes(of: path)) ?? []
    let text = String(decoding: bytes, as: UTF8.self)
    // A program that is not a script may contain anything.
    calls = bytes.contains(0) ? [] : HelperCalls(text).calls
    guard !path.isChrootHook, access(path.string, X_OK) == 0,
      let interpreter = Interpreter(text)
    else {
      missing = []
      return
    }
    if let problem = interpreter.problem {
      missing = [
        MissingRequirement(
          place: .file(path, line: 1), text: problem, package: interpreter.package)
      ]
    } else if interpreter.isPython {
      missing = await PythonImports.missing(in: path, interpreter, paths)
    } else {
      missing = []
    }
  }
}
