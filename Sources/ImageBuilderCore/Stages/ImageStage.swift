import Bindings
import Glibc
import SystemPackage

/// Deploys the tree, runs the content and image hooks on it, and makes the disk image.
struct ImageStage {
  private let context: StageContext
  private var configuration: Configuration { context.configuration }
  private var paths: BuildPaths { context.paths }

  init(_ context: StageContext) {
    self.context = context
  }

  func run() async throws {
    let tree = try await context.times.measure("deployment") {
      try await DeployedTree.make(context)
    }
    let root = DeploymentRoot(tree.deployment, sysroot: paths.sysroot)
    try writeTreeInformation(tree)
    try await runHooks(root)
    try installBootMenu(root)
    let image = try await context.times.measure("disk image") { try await makeImage(tree, root) }
    async let sysrootRemoval: Void = BuildDirectories.remove(paths.sysroot)
    try await ImageArtifacts(context).make(from: image)
    try await BuildDirectories.remove(image)
    try await sysrootRemoval
  }

  private func runHooks(_ root: DeploymentRoot) async throws {
    let runner = HookRunner(context)
    try await runner.run(.content, in: root)
    try await BuildDirectories.recreate(paths.outputDirectory)
    var mounts = try DeploymentMounts(
      root, paths, usrIsWritable: configuration.isTrue("image", "usr_writable"))
    do {
      try await runner.run(.image, in: root)
    } catch {
      try? mounts.undo()
      throw error
    }
    try mounts.undo()
  }

  /// GRUB's menu is the same for all deployments: it reads the boot loader entries.
  private func installBootMenu(_ root: DeploymentRoot) throws {
    guard let menu = try? root.resolve("usr/lib/grub/conf/grub.cfg") else {
      context.say("warning: the tree has no usr/lib/grub/conf/grub.cfg to boot with")
      return
    }
    let directory = paths.sysroot.appending("boot/grub")
    try BuildDirectories.create(directory)
    try FileAccess.copy(menu, to: directory.appending("grub.cfg"))
  }

  private func makeImage(_ tree: DeployedTree, _ root: DeploymentRoot) async throws -> FilePath {
    let dataSizeInBytes = try await diskUsageInBytes(paths.sysroot)
    let table = PartitionTable(
      try partitionTableKind(), arch: try configuration.value("build", "arch"),
      rootSizeInBytes: dataSizeInBytes + max(dataSizeInBytes / 20, 1 << 30),
      marksRootForGrowth: try configuration.isTrue("image", "rootfs_resize"))
    try checkSpace(table, dataSizeInBytes)
    context.say(
      "making an image of \(formattedSize(table.imageSizeInBytes)) for "
        + "\(formattedSize(dataSizeInBytes)) of data")
    try ExtendedAttribute.set(
      "user.eos-image-version", to: paths.outputVersion, of: paths.sysroot)
    let image = DiskImage(
      sysroot: paths.sysroot, deployment: root, table: table,
      identifiers: DerivedIdentifiers([paths.outputVersion, tree.commit.checksum]),
      timestamp: try BuildSettings.seconds().map { UInt64($0) } ?? tree.commit.timestamp,
      say: context.say)
    try await image.make(at: paths.rawImage)
    return paths.rawImage
  }

  private func checkSpace(_ table: PartitionTable, _ dataSizeInBytes: UInt64) throws {
    let sizeInBytes = table.imageSizeInBytes
    if let maximum = try configuration.sizeInBytes("image", "max_size"), sizeInBytes > maximum {
      throw BuildError.imageTooLarge(sizeInBytes: sizeInBytes, maximumInBytes: maximum)
    }
    // The raw image has holes where there is no data; the compressed one is no larger than that.
    let neededBytes = dataSizeInBytes * 2
    let freeBytes = try DiskSpace(at: paths.temporaryDirectory).freeBytes
    guard freeBytes >= neededBytes else {
      throw BuildError.noSpace(
        paths.temporaryDirectory, neededBytes: neededBytes, freeBytes: freeBytes,
        purpose: "make the image")
    }
  }

  private func partitionTableKind() throws -> PartitionTable.Kind {
    try configuration.choice("image", "partition_table")
  }

  /// Allocated bytes; a file with many names counts once.
  private func diskUsageInBytes(_ path: FilePath) async throws -> UInt64 {
    let text = try await Command("du", ["--block-size=1", "--summarize", path.string]).text()
    guard let size = text.split(separator: "\t").first.flatMap({ UInt64($0) }) else {
      throw BuildError.unexpectedOutput(tool: "du", text)
    }
    return size
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
