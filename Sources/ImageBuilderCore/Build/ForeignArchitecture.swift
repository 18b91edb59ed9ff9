import Configuration
import SystemPackage

/// What a build needs to run programs of a tree whose architecture the host does not run.
struct ForeignArchitecture {
  /// The hook that installs packages into a tree.
  private static let composingHook = "10-debian-tree"

  private let arch: Architecture
  private let composesTree: Bool
  private let helper: FilePath

  /// Returns nil if the host runs the architecture, or if no hook runs programs of a tree.
  ///
  /// - Throws: `ConfigurationError`.
  init?(_ configuration: Configuration, _ paths: BuildPaths, stages: [Stage]) throws {
    arch = try configuration.value(Options.build.arch)
    guard Architecture.host?.runs(arch) != true else { return nil }
    let hooks = try HookGroup.all(in: stages).flatMap { group in
      try HookFiles(section: group.rawValue, paths).hooks(of: configuration).found
    }
    composesTree = hooks.contains { $0.name == Self.composingHook }
    guard composesTree || hooks.contains(where: { $0.path.isChrootHook }) else { return nil }
    helper = paths.helpersDirectory.appending("emulate")
  }

  var tools: [RequiredTool] {
    guard composesTree else { return [] }
    return [
      RequiredTool(
        name: "arch-test", package: "arch-test",
        purpose: "compose a tree for \(arch.rawValue) (build:arch) on this host")
    ]
  }

  /// Runs a small program of the architecture, as hooks will.
  ///
  /// - Throws: `HostPowersError.noEmulation`.
  func tryProgram() async throws {
    do {
      try await Command(helper.string, [arch.rawValue]).run()
    } catch let failure as CommandFailure {
      throw HostPowersError.noEmulation(arch, reason: failure.lastLines.last ?? "\(failure)")
    }
  }
}
