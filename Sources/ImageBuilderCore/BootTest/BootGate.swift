import Bindings
import Configuration
import SystemPackage

/// Boots the finished image with each firmware before it is published, several machines at a time.
struct BootGate {
  private let context: StageContext
  private let settings: BootTestSettings
  private let hidden: SecretFilter
  private var paths: BuildPaths { context.paths }
  private var directory: FilePath { paths.temporaryDirectory.appending("boot-test") }

  /// What QEMU itself needs, most of it for translated instructions.
  private static let emulatorMemoryInBytes: UInt64 = 512 << 20

  /// - Throws: `ConfigurationError`.
  init(_ context: StageContext) throws {
    self.context = context
    settings = try BootTestSettings(context)
    hidden = context.configuration.secretFilter
  }

  /// Boots the image, and saves consoles and screens beside it.
  ///
  /// - Parameters:
  ///   - image: the verified raw image; nil if there is none.
  ///   - secondDisk: the verified raw image of the second disk; nil if there is none.
  /// - Returns: the record for check.json, and the failure that ends the build, if any.
  /// - Throws: `OutputError`, `CommandFailure`, `LinuxError` if nothing can be booted.
  func run(
    _ image: RawDiskImage?, secondDisk: RawDiskImage? = nil
  ) async throws -> (BootRecord, BootTestError?) {
    if settings.skip == .disabled { return (BootRecord(image: nil, skipped: .disabled), nil) }
    var facts = try BootableImage(paths)
    if let skip = settings.skip {
      context.say("boot test: skipped (\(skip.rawValue))")
      return (BootRecord(image: facts.digest, skipped: skip), nil)
    }
    guard let image else {
      throw OutputError.unreadableManifest(
        paths.output(OutputManifest.fileExtension), reason: "it has no image to boot")
    }
    try await Directories.recreate(directory)
    facts.system.kernelArguments = try await BootMenu.defaultArguments(
      in: image, scratch: directory)
    let targets = try targets(image, secondDisk, facts)
    let machines = BootedMachines(
      acceleration: .promised(arch: try context.configuration.value(Options.build.arch)))
    do {
      try await forEachConcurrently(targets.indices, atMost: machinesAtOnce(targets)) {
        try await boot(targets[$0], $0, machines)
      }
    } catch let failure as BootTestError {
      return (BootRecord(image: facts.digest, machines: machines.inOrder), failure)
    }
    try await Directories.remove(directory)
    return (BootRecord(image: facts.digest, machines: machines.inOrder), nil)
  }

  /// As many as there are processors, because a boot mostly uses one, and as memory is available for.
  private func machinesAtOnce(_ targets: [BootTarget]) -> Int {
    let largest = targets.map(\.moreMemoryInBytes).max() ?? 0
    let needed = settings.memoryInBytes + largest + Self.emulatorMemoryInBytes
    let fitting = HostResources.availableMemoryInBytes.map { Int($0 / needed) } ?? 1
    return max(1, min(Processors.count, fitting))
  }

  /// The disk image with each firmware, the qcow2 image with the first, then the live media: an ISO
  /// image as a CD of a machine with BIOS and as a USB stick of one with UEFI, and the netboot files.
  private func targets(
    _ image: RawDiskImage, _ secondDisk: RawDiskImage?, _ facts: BootableImage
  ) throws -> [BootTarget] {
    var live = facts.system
    live.kernelArguments = LiveMenu.arguments(
      facts.system.kernelArguments.filter { !$0.hasPrefix("root=") })
    if settings.hasSecureBoot, !settings.firmware.contains(.uefi) {
      context.say(
        "warning: Secure Boot is not tested, because \(Options.bootTest.firmware.name) has no uefi")
    }
    func system(_ firmware: Firmware) -> BootExpectation {
      var system = facts.system
      system.isSecureBootOn = settings.hasSecureBoot && firmware == .uefi
      return system
    }
    var targets = settings.firmware.map {
      BootTarget(
        format: CompressedDiskImage.name, firmware: $0, file: image.path,
        secondFile: secondDisk?.path, system: system($0))
    }
    if let file = facts.files[QCOW2Image.name]?.first {
      targets.append(
        BootTarget(
          format: QCOW2Image.name, firmware: settings.firmware[0],
          file: paths.outputDirectory.appending(file), fileFormat: QCOW2Image.name,
          secondFile: QCOW2Image.secondDiskName.flatMap { facts.files[$0]?.first }
            .map(paths.outputDirectory.appending),
          system: system(settings.firmware[0])))
    }
    if let iso = facts.files[ISOImage.name]?.first {
      targets += settings.firmware.map {
        BootTarget(
          format: ISOImage.name, firmware: $0, file: paths.outputDirectory.appending(iso),
          medium: $0 == .bios ? .cd : .usbStick, system: live)
      }
    }
    if let files = facts.files[NetbootImage.name],
      let script = files.first(where: { $0.hasSuffix(NetbootImage.scriptExtension) })
    {
      guard settings.model.arch.emulator.hasIPXE else {
        context.say(
          "boot test (netboot): skipped, \(settings.model.emulator.name) has no iPXE for "
            + settings.model.arch.rawValue)
        return targets
      }
      let sizes = try files.map {
        try FileAccess.sizeInBytes(of: paths.outputDirectory.appending($0))
      }
      targets += settings.firmware.map {
        BootTarget(
          format: NetbootImage.name, firmware: $0, file: paths.outputDirectory.appending(script),
          medium: .network(server: paths.helpersDirectory.appending("answer-http")),
          moreMemoryInBytes: NetbootImage.memoryInBytes(forFilesOf: sizes.reduce(0, +)),
          system: live)
      }
    }
    return targets
  }

  /// - Throws: `BootTestError` if the system does not come up; `LinuxError`, `CancellationError`.
  private func boot(_ target: BootTarget, _ index: Int, _ machines: BootedMachines) async throws {
    var acceleration = machines.acceleration
    var outcome = try await attempt(target, acceleration)
    if acceleration == .kvm, outcome.failure?.mayBeCausedByHost == true {
      if machines.giveUpKVM() {
        context.say("KVM does not work here; instructions are translated")
      }
      acceleration = .tcg
      outcome = try await attempt(target, acceleration)
    }
    let console = try await keep(target, outcome)
    let reason = outcome.failure.map { hidden($0.reason) }
    let isSecureBootProven =
      target.system.isSecureBootOn && outcome.failure == nil && settings.successPattern == nil
    machines.add(
      BootRecord.Machine(
        firmware: target.firmware,
        format: target.format == CompressedDiskImage.name ? nil : target.format,
        secureBoot: isSecureBootProven ? true : nil,
        result: reason == nil ? .passed : .failed, reason: reason,
        evidence: settings.successPattern == nil ? .report : .console,
        seconds: (outcome.duration / .milliseconds(100)).rounded() / 10, acceleration: acceleration),
      at: index)
    if let failure = outcome.failure {
      throw BootTestError.failed(
        boot: target.name, failure, lines: outcome.lines, console: console)
    }
    let proof = settings.successPattern == nil ? "no failed unit" : "the console matches"
    context.say(
      "boot test (\(target.name)): up in \(formattedSeconds(outcome.duration)), \(proof)"
        + (isSecureBootProven ? ", Secure Boot on" : ""))
  }

  private func attempt(
    _ target: BootTarget, _ acceleration: VirtualMachine.Acceleration
  ) async throws -> Boot.Outcome {
    let slot = try await BootSlots(paths).take {
      context.say("boot test (\(target.name)): waiting until fewer machines boot")
    }
    defer { withExtendedLifetime(slot) {} }
    context.say("boot test (\(target.name)): booting, \(acceleration.rawValue)")
    let place = directory.appending(target.name)
    try await Directories.recreate(place)
    var model = settings.model
    model.hasSecureBoot = target.system.isSecureBootOn
    let machine = VirtualMachine(
      model: model, firmware: target.firmware, acceleration: acceleration,
      memoryInBytes: settings.memoryInBytes + target.moreMemoryInBytes, disk: target.file,
      diskFormat: target.fileFormat, secondDisk: target.secondFile, medium: target.medium,
      variables: place.appending("variables.fd"))
    return try await Boot(
      machine: machine,
      proof: settings.successPattern.map { .console($0) } ?? .report(target.system),
      timeout: settings.timeout, directory: place
    ).run()
  }

  /// - Returns: the file with the output on the console.
  private func keep(_ target: BootTarget, _ outcome: Boot.Outcome) async throws -> FilePath {
    let console = paths.output(OutputListing.consoleRecord(of: target.name))
    let screen = paths.output(OutputListing.screenRecord(of: target.name))
    try await Directories.remove(screen)
    try FileAccess.write(hidden(outcome.transcript), to: console)
    let taken = directory.appending(target.name).appending(Boot.screenshot)
    if Directories.exists(taken) { try FileAccess.copy(taken, to: screen) }
    return console
  }
}
