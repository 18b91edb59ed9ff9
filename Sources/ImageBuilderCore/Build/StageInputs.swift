import Bindings
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
    for name in complete.complete.names {
      guard let first = Self.firstStage(ofSection: name.section.text), first <= stage,
        !Self.timeLimits.contains(name.option.text)
      else { continue }
      add(name, "the setting", try complete.expanded(name).text)
    }
    // They are one of its outputs, as they are written: config.ini.
    if stage == .manifest {
      for name in `public`.complete.names {
        add(name, "the public setting", `public`.complete[name]?.text ?? "")
      }
    }
    for group in HookGroup.allCases where group.stage == stage {
      for hook in try Hook.all(of: group, complete, paths) {
        let kind = hook.isExecutable ? "program" : "script"
        digests["the hook \(hook.label)"] = try "\(kind) \(FileFacts(of: hook.path).digest)"
      }
    }
    digests["the hook library \(paths.hookLibrary)"] = try FileFacts(of: paths.hookLibrary).digest
    digests["the variable SOURCE_DATE_EPOCH"] = getenv("SOURCE_DATE_EPOCH").map {
      String(cString: $0)
    }
    digests["the program image-builder"] = try Self.programIdentity()
  }

  /// What takes longer than it may is begun again with more time.
  private static let timeLimits = ["hook_timeout", "stage_timeout", "stall_timeout"]

  /// A section that bears a stage's name matters from that stage on, one that nothing knows from
  /// the first one, since any hook may read it; nil where nothing that is made depends on it.
  private static func firstStage(ofSection section: String) -> Stage? {
    switch section {
    case "error", "cache", "variants": nil
    case "boot_test": .check
    case "content": .image
    default: Stage.regular.first { $0.rawValue == section } ?? .ostree
    }
  }

  private mutating func add(_ name: OptionName, _ kind: String, _ value: String) {
    if name.section == "build" && SettingStore.runOptions.contains(name.option) { return }
    digests["\(kind) \(name.section.text):\(name.option.text)"] = MessageDigest.hexadecimal(
      of: value)
  }

  /// Reading all of it would take longer than most stages have.
  private static func programIdentity() throws -> String {
    var status = stat()
    let path = try SourceDirectory.programPath()
    guard stat(path.string, &status) == 0 else {
      throw LinuxError("look at \(path)", Errno(rawValue: errno))
    }
    return "\(status.st_size) \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
  }
}
