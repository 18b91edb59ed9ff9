import Bindings
import Glibc
import SystemPackage

/// What is checked before a build takes its lock: everything that would fail it later and can be
/// known now, in under a second.
struct Preflight {
  private static let probeTimeoutInSeconds = 30

  let configuration: Configuration
  let paths: BuildPaths
  let stages: [Stage]
  let bootTest: Bool?
  let isDebugging: Bool

  /// - Throws: `BuildError` for the first thing that is missing.
  func check() throws {
    guard geteuid() == 0 else { throw BuildError.notRoot }
    for tool in try requiredTools() { _ = try tool.find() }
    if stages.contains(.check) { try checkEmulator() }
    try checkHooks()
    if stages.contains(.ostree) { try checkRemote() }
    try checkSpace()
  }

  private func requiredTools() throws -> [RequiredTool] {
    let compression: Compression = try configuration.choice("image", "compression")
    let checking =
      stages.contains(.check)
      ? OutputVerification.tools + [compression.tool].compactMap { $0 } : []
    guard stages.contains(.image) else { return checking }
    _ = try DiskPlan(configuration)
    let tools = [
      RequiredTool(name: "sfdisk", package: "fdisk", purpose: "write partition tables"),
      RequiredTool(
        name: "mkfs.vfat", package: "dosfstools", purpose: "make the EFI system partition"),
      RequiredTool(name: "mcopy", package: "mtools", purpose: "fill the EFI system partition"),
      RequiredTool(name: "mke2fs", package: "e2fsprogs", purpose: "make the root filesystem"),
      RequiredTool(name: "debugfs", package: "e2fsprogs", purpose: "finish the root filesystem"),
      RequiredTool(name: "gpgconf", package: "gnupg", purpose: "sign images"),
      RequiredTool(name: "python3", package: "python3", purpose: "run hooks in the deployment"),
    ]
    return tools + [compression.tool].compactMap { $0 } + checking
  }

  private func checkEmulator() throws {
    let settings = try BootTestSettings(configuration, flag: bootTest)
    if settings.skip == nil { try settings.model.check(settings.firmware) }
  }

  private func checkHooks() throws {
    var missing: [ConfigurationError] = []
    for group in HookGroup.allCases where group == .error || stages.contains(group.stage) {
      missing += try HookFiles(section: group.rawValue, paths).hooks(of: configuration).problems
    }
    if let error = ConfigurationError.combining(missing) { throw error }
  }

  /// A local repository that a hook of the ostree group makes is not there yet.
  private func checkRemote() throws {
    let source = try TreeSource(configuration, paths)
    if source.mayBeMadeByHooks { return }
    _ = try source.trustedKeys()
    do {
      try RemoteProbe.check(
        "\(source.remote.url)/config", timeoutInSeconds: Self.probeTimeoutInSeconds)
    } catch {
      throw BuildError.unreachableRemote(
        error, option: "ostree:\(try TreeSource.urlOption(configuration))")
    }
  }

  private func checkSpace() throws {
    try SpaceEstimate(
      configuration: configuration, paths: paths, stages: stages,
      isAnew: stages.contains(.ostree)
    ) { text in
      guard isDebugging else { return }
      _ = try? FileDescriptor.standardError.writeAll("image-builder: space: \(text)\n".utf8)
    }.check()
  }
}
