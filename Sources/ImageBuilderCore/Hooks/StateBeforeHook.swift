import Bindings
import Configuration
import Glibc
import SystemPackage

/// The mounts and the loop devices before a hook runs. What the hook adds is removed after it.
struct StateBeforeHook: Sendable {
  private let mounts: [MountEntry]
  private let loopDevices: Set<LoopDevice>
  private let paths: BuildPaths

  /// Nil if this process is not a stage, because then it may share its mounts with other programs.
  init?(_ paths: BuildPaths) {
    guard Orphans.areAdopted else { return nil }
    mounts = MountEntry.all
    loopDevices = Set(Self.loopDevices())
    self.paths = paths
  }

  /// The mount points of mounts that are missing now.
  var missingMounts: [FilePath] {
    let now = Set(MountEntry.all)
    return mounts.filter { !now.contains($0) }.map(\.point)
  }

  /// Removes mounts and loop devices that were made since.
  ///
  /// - Parameter tell: called with the end of a sentence that begins with the hook.
  func restore(tell: (String) -> Void) {
    removeMounts(tell)
    for device in Self.loopDevices() where !loopDevices.contains(device) {
      guard let file = file(of: device) else { continue }
      guard isOwn(file) else {
        tell("or another program left a loop device behind: \(device.path) (\(file))")
        continue
      }
      do {
        try device.detach()
        tell("left a loop device behind, which was removed: \(device.path) (\(file))")
      } catch {
        tell("left a loop device behind, which could not be removed: \(error) (\(file))")
      }
    }
  }

  private func removeMounts(_ tell: (String) -> Void) {
    let earlier = Set(mounts)
    var failed: Set<MountEntry> = []
    // Newest first: a mount can cover an older one.
    while let mount = MountEntry.all.last(where: { !earlier.contains($0) && !failed.contains($0) })
    {
      do {
        try Mount.detach(mount.point)
        tell("left a mount behind, which was removed: \(mount.point) (\(mount.type))")
      } catch {
        failed.insert(mount)
        tell("left a mount behind, which could not be removed: \(error)")
      }
    }
  }

  private static let blockDevices: FilePath = "/sys/block"

  private static func loopDevices() -> [LoopDevice] {
    Directories.names(in: blockDevices)
      .filter { $0.hasPrefix("loop") && Directories.exists(backingFile(of: $0)) }
      .compactMap { LoopDevice(named: $0) }
  }

  private static func backingFile(of name: String) -> FilePath {
    blockDevices.appending("\(name)/loop/backing_file")
  }

  /// The file of a loop device; nil if it is a file of another mount namespace.
  private func file(of device: LoopDevice) -> FilePath? {
    let link = Self.backingFile(of: device.path.lastComponent?.string ?? "")
    guard var name = try? FileAccess.text(of: link) else { return nil }
    while name.hasSuffix("\n") { name.removeLast() }
    var status = stat()
    if stat(name, &status) == 0 {
      let isSame =
        UInt64(status.st_dev) == device.fileDevice && UInt64(status.st_ino) == device.fileInode
      return isSame ? FilePath(name) : nil
    }
    // The file is deleted. Its device must be that of a directory that only this build has.
    let file = FilePath(name)
    return ownDirectories.contains { directory in
      file.starts(with: directory) && stat(directory.string, &status) == 0
        && UInt64(status.st_dev) == device.fileDevice
    } ? file : nil
  }

  /// Whether this build made a loop device for a file. Mount namespaces do not separate loop devices,
  /// so a device for a file of the host can be that of another program.
  private func isOwn(_ file: FilePath) -> Bool {
    let shared = [paths.cacheDirectory, paths.sourceDirectory, paths.dataDirectory, "/var/tmp"]
    return (ownDirectories + shared + paths.localDirectories)
      .contains(where: file.starts(with:))
  }

  /// Directories that other builds do not have.
  private var ownDirectories: [FilePath] { [paths.temporaryDirectory, "/tmp", "/dev/shm"] }
}
