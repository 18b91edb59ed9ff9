import Bindings
import Configuration
import Glibc
import SystemPackage

/// The checks before a build takes its lock: everything that is known now and would make the build
/// fail later.
struct Preflight {
  let configuration: Configuration
  let paths: BuildPaths
  let stages: [Stage]
  let bootTest: Bool?
  let isDebugging: Bool

  /// - Throws: the first problem: `BuildError.notRoot`, `HostPowersError`, `MissingTool`, `DiskError`,
  ///   `BootTestError`, `ConfigurationError`, `TreeError`, `NotEnoughSpace`, or
  ///   `LinuxError`.
  func check() throws {
    guard geteuid() == 0 else { throw BuildError.notRoot }
    try HostPowers(paths: paths, stages: stages).check()
    for tool in try requiredTools() { _ = try tool.find() }
    try SigningCommand.checkProgram(configuration)
    if stages.contains(.check) { try checkEmulator() }
    try checkHooks()
    if stages.contains(.ostree) { try checkRemote() }
    try checkSpace()
  }

  private func requiredTools() throws -> [RequiredTool] {
    let formatTools = try ImageFormats.tools(for: configuration)
    let publishing =
      stages.contains(.publish) ? try Destinations(configuration, paths).all.flatMap(\.tools) : []
    let foreign = try ForeignArchitecture(configuration, paths, stages: stages)?.tools ?? []
    let checking = stages.contains(.check) ? OutputVerification.tools + formatTools : []
    guard stages.contains(.image) else { return foreign + checking + publishing }
    _ = try DiskPlan(configuration)
    let tools = [
      RequiredTool(name: "sfdisk", package: "fdisk", purpose: "write partition tables"),
      RequiredTool(
        name: "mkfs.vfat", package: "dosfstools", purpose: "make the EFI system partition"),
      RequiredTool(name: "mcopy", package: "mtools", purpose: "fill the EFI system partition"),
      RequiredTool(name: "mke2fs", package: "e2fsprogs", purpose: "make the root filesystem"),
      RequiredTool(name: "debugfs", package: "e2fsprogs", purpose: "finish the root filesystem"),
      RequiredTool(name: "gpg-connect-agent", package: "gpg-agent", purpose: "sign images"),
      RequiredTool(name: "python3", package: "python3", purpose: "run hooks in the deployment"),
    ]
    return tools + foreign + formatTools + checking + publishing
  }

  private func checkEmulator() throws {
    let settings = try BootTestSettings(configuration, flag: bootTest)
    guard settings.skip == nil else { return }
    try settings.model.check(settings.firmware)
    if settings.hasSecureBoot {
      try MachineModel(arch: settings.model.arch, hasSecureBoot: true).check(settings.firmware)
    }
    guard settings.successPattern == nil else { return }
    if let problem = try BootReportHooks(configuration, paths).problem {
      throw BootTestError.noReport(reason: problem)
    }
  }

  private func checkHooks() throws {
    var errors: [ConfigurationError] = []
    for group in HookGroup.all(in: stages) {
      let hooks = try HookFiles(section: group.rawValue, paths).hooks(of: configuration)
      errors += hooks.problems
      if group == .image { errors += try LoginHook(configuration).problems(hooks.found) }
    }
    if let error = ConfigurationError.combining(errors) { throw error }
  }

  /// A local repository that an ostree hook makes does not exist yet. The remote itself is looked at
  /// by `IsolatedBuild`, because that takes threads.
  private func checkRemote() throws {
    let source = try TreeSource(configuration, paths)
    if source.mayBeMadeByHooks { return }
    _ = try source.trustedKeys()
    try source.access.check()
  }

  private func checkSpace() throws {
    try SpaceEstimate(
      configuration: configuration, paths: paths, stages: stages,
      emptiesTemporaryDirectory: stages.contains(.ostree)
    ) { text in
      guard isDebugging else { return }
      _ = try? FileDescriptor.standardError.writeAll("image-builder: space: \(text)\n".utf8)
    }.check()
  }
}
