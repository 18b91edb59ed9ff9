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
    try plan.checkEFIPrograms(of: root)
    try writeTreeInformation(tree)
    try await runHooks(root)
    try ForbiddenFiles(configuration).check(root, sysroot: paths.sysroot, say: context.say)
    try describeSystem(tree, root)
    try BootMenu(root: root, sysroot: paths.sysroot, say: context.say).install()
    try await GRUBInstallation(
      deployment: root, sysroot: paths.sysroot, plan: plan,
      enterRoot: paths.helpersDirectory.appending("enter-root"), say: context.say
    ).make()
    // Only the raw image is made from objects that have not been verified yet.
    async let verification: Void = context.times.measure("verify objects") {
      try await verifyObjects(of: tree.commit)
    }
    let (image, content) = try await context.times.measure(
      "disk image", writing: [paths.rawImage]
    ) {
      try await makeImage(tree, root, plan, begin)
    }
    do {
      try await verification
    } catch {
      try? await Directories.remove(image)
      throw error
    }
    async let sysrootRemoval: Void = Directories.remove(paths.sysroot)
    try await ImageFormats.make(from: image, context)
    // Sizes that are not stored are estimated by the next build.
    try? ImageSizes.measure(content, image, paths)
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

  private func makeImage(
    _ tree: DeployedTree, _ root: DeploymentRoot, _ plan: DiskPlan, _ begin: UInt64
  ) async throws -> (FilePath, FilesystemContent) {
    let extraSpaceInBytes = try configuration.value(Options.image.extraSpace) ?? 0
    try ExtendedAttribute.set(
      "user.eos-image-version", to: paths.outputVersion, of: paths.sysroot)
    let image = DiskImage(
      sysroot: paths.sysroot, deployment: root, plan: plan,
      identifiers: DerivedIdentifiers(
        [paths.outputVersion, tree.commit.checksum],
        areUnique: try configuration.value(Options.image.hasUniqueIdentifiers)),
      tools: ImageTools(
        timestamp: try BuildSettings.seconds().map { UInt64($0) } ?? tree.commit.timestamp),
      earliestOwnTime: begin, say: context.say)
    async let measurement = BlockingWork.run { [paths] _ in
      try FilesystemContent(of: paths.sysroot)
    }
    try image.clampTimes()
    let content = try await measurement
    try checkSpace(content.sizeInBytes)
    let table = try await image.make(
      at: paths.rawImage, FilesystemLayout(content, freeBytes: extraSpaceInBytes))
    let sizeInBytes = table.imageSizeInBytes
    if let maximum = try configuration.value(Options.image.largestSize), sizeInBytes > maximum {
      throw DiskError.imageTooLarge(
        sizeInBytes: sizeInBytes, maximumInBytes: maximum, extraSpaceInBytes: extraSpaceInBytes)
    }
    context.say(
      "made an image of \(formattedSize(sizeInBytes)) for \(formattedSize(content.sizeInBytes)) "
        + "of data and \(formattedSize(extraSpaceInBytes)) of free space")
    return (paths.rawImage, content)
  }

  private func checkSpace(_ dataSizeInBytes: UInt64) throws {
    // The raw image has holes where there is no data, and no format needs more than the data.
    let formats = try ImageFormats.wanted(by: configuration).map { "\(type(of: $0).name) image" }
    try SpaceShortage.check(
      (["raw image"] + formats).map { what in
        SpaceNeed(what: what, directory: paths.temporaryDirectory, sizeInBytes: dataSizeInBytes)
      })
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
