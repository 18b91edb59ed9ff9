import Bindings
import Configuration
import Glibc
import SystemPackage

/// What decides what a stage makes: settings, hooks, the program. Each has the name that people know
/// it by, and a digest.
///
/// The digest of a short secret is as good as the secret, so these are kept where secrets are.
struct StageInputs {
  private(set) var digests: [String: String] = [:]

  /// - Parameters:
  ///   - complete: all settings, as a build saves them.
  ///   - public: those of the public files.
  /// - Throws: `ConfigurationError`, `LinuxError`, `Errno`.
  init(
    _ stage: Stage, complete: Configuration, public: Configuration, _ paths: BuildPaths
  ) throws {
    for (name, value) in try complete.expandedValues() {
      guard let first = Options.firstStage(ofSection: name.section), first <= stage,
        Options.effect(of: name) == .onOutputs
      else { continue }
      add(name, "the setting", value)
    }
    // They are one of its outputs, as they are written: config.ini.
    if stage == .manifest {
      for (name, text) in `public`.writtenValues { add(name, "the public setting", text) }
    }
    for group in HookGroup.allCases where group.stage == stage {
      for hook in try Hook.all(of: group, complete, paths) {
        let kind = hook.isExecutable ? "program" : "script"
        digests["the hook \(hook.label)"] = try "\(kind) \(FileFacts(of: hook.path).digest)"
      }
    }
    digests["the hook library \(paths.hookLibrary)"] = try FileFacts(of: paths.hookLibrary).digest
    digests["the variable \(BuildVariable.sourceDateEpoch.rawValue)"] =
      BuildVariable.sourceDateEpoch.value
    digests["the program image-builder"] = try Self.programIdentity()
  }

  private mutating func add(_ name: OptionName, _ kind: String, _ value: String) {
    if Options.effect(of: name) == .onRun { return }
    digests["\(kind) \(name.section.text):\(name.option.text)"] = MessageDigest.hexadecimal(
      of: value)
  }

  /// Reading all of it would take longer than most stages have.
  private static func programIdentity() throws -> String {
    var status = stat()
    let path = try ProgramFiles.running()
    guard stat(path.string, &status) == 0 else {
      throw LinuxError("look at \(path)", Errno(rawValue: errno))
    }
    return "\(status.st_size) \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
  }
}
