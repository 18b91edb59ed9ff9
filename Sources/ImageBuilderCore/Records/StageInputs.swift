import Bindings
import Configuration
import Glibc
import SystemPackage

/// The inputs that determine the result of a stage: settings, hooks and the program. Each has a
/// readable name and a digest.
///
/// The digest of a short secret reveals the secret, so digests are stored where only root can read
/// them.
struct StageInputs {
  private(set) var digests: [String: String] = [:]

  /// - Parameters:
  ///   - complete: all settings, as a build saves them.
  ///   - public: the settings from public files.
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
    // The public settings are an output of this stage (config.ini), in their unexpanded form. A failed
    // publish must be able to go on with other settings of its own.
    if stage == .manifest {
      for (name, text) in `public`.writtenValues
      where Options.firstStage(ofSection: name.section) != .publish {
        add(name, "the public setting", text)
      }
    }
    for group in HookGroup.allCases where group.stage == stage {
      for hook in try Hook.all(of: group, complete, paths) {
        let kind = hook.form == .sourced ? "script" : "program"
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

  /// Size and modification time. Reading the whole file would take longer than most stages.
  private static func programIdentity() throws -> String {
    var status = stat()
    let path = try ProgramFiles.running()
    guard stat(path.string, &status) == 0 else {
      throw LinuxError("look at \(path)", Errno(rawValue: errno))
    }
    return "\(status.st_size) \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
  }
}
