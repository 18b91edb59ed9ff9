import Bindings
import Configuration
import Glibc
import SystemPackage

/// Deploys the tree, runs the content and image hooks, and makes the disk image.
struct ImageStage {
  private let context: StageContext
  private var configuration: Configuration { context.configuration }
  private var paths: BuildPaths { context.paths }

  init(_ context: StageContext) {
    self.context = context
  }

  func run() async throws {
    // The kernel's time of files is up to a second behind.
    let begin = UInt64(max(time(nil) - 1, 0))
    let tree = try await context.times.measure("deployment") {
      try await DeployedTree.make(context)
    }
    let root = DeploymentRoot(tree.deployment, sysroot: paths.sysroot)
    let plan = try DiskPlan(configuration)
    try plan.checkBootFiles(of: root)
    try writeTreeInformation(tree)
    try await runHooks(root)
    try ForbiddenFiles(configuration).check(root, sysroot: paths.sysroot, say: context.say)
    if try configuration.value(Options.image.hasSecondDisk) { try VarMount.add(to: root) }
    try describeSystem(tree, root)
    let timestamp = try BuildSettings.seconds().map { UInt64($0) } ?? tree.commit.timestamp
    let live = try LiveMedia.collect(from: root, plan, timestamp: timestamp, context)
    try BootMenu(root: root, sysroot: paths.sysroot, say: context.say).install()
    try await GRUBInstallation(
      deployment: root, sysroot: paths.sysroot, plan: plan,
      enterRoot: paths.helpersDirectory.appending("enter-root"), say: context.say
    ).make()
    let isBootArchiveWanted = try ImageFormats.selected(by: configuration)
      .contains { $0 is BootArchive }
    let bootFiles =
      isBootArchiveWanted
      ? try await BootFiles(
        of: root, sysroot: paths.sysroot, efiPrograms: plan.efiPrograms,
        enterRoot: paths.helpersDirectory.appending("enter-root")) : nil
    // Only the raw image is made from objects that have not been verified yet.
    async let verification: Void = context.times.measure("verify objects") {
      try await verifyObjects(of: tree.commit)
    }
    let image = DiskImage(
      sysroot: paths.sysroot, deployment: root, plan: plan,
      identifiers: DerivedIdentifiers(
        [paths.outputVersion, tree.commit.checksum],
        areUnique: try configuration.value(Options.image.hasUniqueIdentifiers)),
      tools: ImageTools(timestamp: timestamp),
      earliestOwnTime: begin, say: context.say)
    let (disks, content) = try await context.times.measure(
      "disk image", writing: [paths.rawImage]
    ) {
      try await makeDisks(image)
    }
    do {
      try await verification
    } catch {
      for disk in disks { try? await Directories.remove(disk.path) }
      throw error
    }
    async let sysrootRemoval: Void = Directories.remove(paths.sysroot)
    try await FormatMaking(
      image: disks[0], secondDisk: disks.dropFirst().first, context: context,
      identifiers: image.identifiers,
      timestamp: image.tools.timestamp, live: live, bootFiles: bootFiles
    ).run()
    // Sizes that are not stored are estimated by the next build.
    try? ImageSizes.measure(
      content, disks.map(\.path), temporary: live?.system.directory, paths, configuration)
    if let live { try await Directories.remove(live.system.directory) }
    for disk in disks.dropFirst() { try await Directories.remove(disk.path) }
    try await sysrootRemoval
  }

  private func runHooks(_ root: DeploymentRoot) async throws {
    let runner = HookRunner(context)
    try await runner.run(.content, in: root)
    try await Directories.recreate(paths.outputDirectory)
    var mounts = try DeploymentMounts(
      root, paths, usrIsWritable: configuration.value(Options.image.isUsrWritable))
    do {
      try await runner.run(.image, in: root)
    } catch {
      try? mounts.undo()
      throw error
    }
    try mounts.undo()
  }

  /// Writes to the manifest what the booted system will report.
  private func describeSystem(_ tree: DeployedTree, _ root: DeploymentRoot) throws {
    let system = OutputManifest.System(
      ostree: .init(commit: tree.commit.checksum),
      osRelease: try root.bytes(of: "etc/os-release").map {
        OSRelease(parsing: String(decoding: $0, as: UTF8.self))
      })
    try ManifestFragments.write(JSONValue(encoding: system), named: "system", paths)
  }

  /// The objects in the repository of the image are hard links into the cache, so they share
  /// damage.
  private func verifyObjects(of commit: Commit) async throws {
    let damaged = try await CommitIntegrity(in: paths.sysroot.appending("ostree/repo"))
      .damaged(of: commit.checksum)
    guard damaged.isEmpty else {
      throw TreeError.damagedObjects(
        damaged, commit: commit.checksum, repository: paths.contentRepository)
    }
  }

  /// Makes the disk of the system, and the one for `/var` if there is a second disk.
  ///
  /// - Returns: the disks, and the content of all of them.
  private func makeDisks(
    _ image: DiskImage
  ) async throws -> (disks: [RawDiskImage], content: FilesystemContent) {
    try ExtendedAttribute.set(
      "user.eos-image-version", to: paths.outputVersion, of: paths.sysroot)
    async let measurement = BlockingWork.run { [paths] _ in
      try FilesystemContent(of: paths.sysroot)
    }
    try image.clampTimes()
    let content = try await measurement
    try checkSpace(content.sizeInBytes)
    guard try configuration.value(Options.image.hasSecondDisk) else {
      return ([try await make(image, content, at: paths.rawImage)], content)
    }
    let second = DiskImage(
      sysroot: image.sysroot, deployment: image.deployment, plan: image.plan.secondDisk,
      identifiers: image.identifiers.ofPart(OutputManifest.secondDisk), tools: image.tools,
      earliestOwnTime: image.earliestOwnTime, say: image.say)
    let secondDisk = try await make(
      second, FilesystemContent(of: second.content), at: paths.secondRawImage)
    for name in Directories.names(in: second.content) {
      try await Directories.remove(second.content.appending(name))
    }
    try image.clampTimes()
    let disk = try await make(image, FilesystemContent(of: paths.sysroot), at: paths.rawImage)
    return ([disk, secondDisk], content)
  }

  private func make(
    _ image: DiskImage, _ content: FilesystemContent, at path: FilePath
  ) async throws -> RawDiskImage {
    let extraSpaceInBytes = try configuration.value(Options.image.extraSpace)
    let table = try await image.make(
      at: path, FilesystemLayout(content, freeBytes: extraSpaceInBytes))
    let sizeInBytes = table.imageSizeInBytes
    if let maximum = try configuration.value(Options.image.largestSize), sizeInBytes > maximum {
      throw DiskError.imageTooLarge(
        sizeInBytes: sizeInBytes, maximumInBytes: maximum, extraSpaceInBytes: extraSpaceInBytes)
    }
    let name = image.plan.mainRole == .content ? "a second disk" : "an image"
    context.say(
      "made \(name) of \(formattedSize(sizeInBytes)) for \(formattedSize(content.sizeInBytes)) "
        + "of data and \(formattedSize(extraSpaceInBytes)) of free space")
    return RawDiskImage(path: path, sizeInBytes: sizeInBytes)
  }

  /// Hooks may have added to the tree, and others may have filled the disk, since the look before the
  /// build.
  private func checkSpace(_ contentInBytes: UInt64) throws {
    let needs = try ImageSpace(configuration, contentInBytes: contentInBytes, ImageSizes(of: paths))
      .needs(in: paths.temporaryDirectory)
    if StageLog.isDebugging {
      for need in needs { context.say("space: \(need.what): \(formattedSize(need.sizeInBytes))") }
    }
    try SpaceShortage.check(needs)
  }

  private func writeTreeInformation(_ tree: DeployedTree) throws {
    let source = try TreeSource(configuration, paths)
    let version = tree.commit.version.map { "Version: \($0)\n" } ?? ""
    try FileAccess.write(
      """
      Branch \(source.ref)
      commit \(tree.commit.checksum)
      Date:  \(UTCDate.text(tree.commit.timestamp))
      \(version)
          \(tree.commit.subject)

      """, to: paths.treeInformation)
  }
}
