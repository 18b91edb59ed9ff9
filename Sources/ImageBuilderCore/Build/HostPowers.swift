import Bindings
import Configuration
import Glibc
import SystemPackage

/// What a build needs of the process that starts it, and what a container or a batch system may
/// withhold from root.
struct HostPowers {
  let paths: BuildPaths
  let stages: [Stage]

  /// - Throws: `HostPowersError`; `LinuxError`.
  func check() throws {
    let missing = try Capability.missing()
    guard missing.isEmpty else { throw HostPowersError.missingCapabilities(missing) }
    try checkFileSizeLimit()
    try checkPrograms()
  }

  /// The size of an image is not known before the build, and the limit must not be taken for that
  /// of ostree:max_object_size.
  private func checkFileSizeLimit() throws {
    if let limit = try FileSizeLimit.current() {
      throw HostPowersError.limitedFiles(limitInBytes: limit)
    }
  }

  /// Hooks run in the deployment and from the directories of hooks. On a filesystem without
  /// programs, bash would read an executable hook in another language.
  private func checkPrograms() throws {
    var places = stages.contains(.image) ? [("ostree:checkout", paths.sysroot)] : []
    places.append(("build:srcdir", paths.sourceDirectory))
    places += paths.localDirectories.filter(Self.holdsPrograms).map { ("build:localdir", $0) }
    for (option, directory) in places {
      let place = Directories.existing(directory)
      if try Mount.forbidsPrograms(at: place) {
        throw HostPowersError.noPrograms(directory, option: option)
      }
    }
  }

  private static func holdsPrograms(_ directory: FilePath) -> Bool {
    ["hooks", "helpers"].map(directory.appending).contains { directory in
      Directories.files(below: directory).contains { name in
        var status = stat()
        return stat(directory.pushing(FilePath(name)).string, &status) == 0
          && status.st_mode & 0o111 != 0
      }
    }
  }

  /// Tries the mounts and the device files that hooks get. Acts on the mount namespace of the
  /// process, which must be private; nothing stays mounted.
  ///
  /// - Throws: `HostPowersError`.
  static func tryMounts() throws {
    do {
      try Mount.filesystem("tmpfs", at: "/tmp")
      // In a user namespace, root has the capability, but the kernel refuses.
      try DeviceFile.makeNull(at: "/tmp/null")
      // Not at /sys, where the kernel refuses a second sysfs as busy.
      try Mount.filesystem("sysfs", at: "/tmp")
      for _ in 1...2 { try Mount.detach("/tmp") }
    } catch {
      throw HostPowersError.refusedMount(error)
    }
  }

  /// Starts a program in a user namespace, as hooks that run in the deployment are. The kernel
  /// refuses that in a chroot, whatever capabilities there are.
  ///
  /// - Throws: `HostPowersError`.
  static func tryUserNamespace() async throws {
    do {
      try await Command("/usr/bin/unshare", ["--user", "/bin/true"]).run()
    } catch let failure as CommandFailure {
      throw HostPowersError.noUserNamespace(reason: failure.lastLines.last ?? "\(failure)")
    }
  }
}

/// A power that a build needs and does not have.
enum HostPowersError: ExitStatusError, CustomStringConvertible {
  case missingCapabilities([Capability])
  case refusedNamespaces(LinuxError)
  case refusedMount(LinuxError)
  case noUserNamespace(reason: String)
  case limitedFiles(limitInBytes: UInt64)
  case noPrograms(FilePath, option: String)
  case noEmulation(Architecture, reason: String)

  var exitStatus: ExitStatus { .unavailable }

  var description: String {
    switch self {
    case .missingCapabilities(let missing):
      "root lacks \(missing.map(\.name).joined(separator: ", ")) here, as in a container; a build "
        + "needs that to mount and to keep owners and modes. \(Self.advice)"
    case .refusedNamespaces(let error): "\(error). \(Self.advice)"
    case .refusedMount(let error):
      "\(error), which hooks need: a container's profile forbids it, or root is that of a user "
        + "namespace, as in rootless containers. \(Self.advice)"
    case .noUserNamespace(let reason):
      "hooks that run in the deployment need a user namespace: \(reason). In a chroot there is none; "
        + "enter the directory with systemd-nspawn, a container or pivot_root(8). Elsewhere, raise "
        + "user.max_user_namespaces (sysctl)"
    case .limitedFiles(let limit):
      "the caller of this build limits the size of files to \(formattedSize(limit)), but an image may "
        + "have any size; lift the limit: ulimit -f unlimited, or LimitFSIZE=infinity in a service"
    case .noPrograms(let directory, let option):
      "\(option) is \(directory), on a filesystem that is mounted noexec, but hooks start programs "
        + "there; choose another directory (--cachedir, --localdir), or run: "
        + "mount -o remount,exec MOUNTPOINT"
    case .noEmulation(let arch, let reason):
      "this host does not run programs of \(arch.rawValue) (build:arch), but hooks run in the tree: "
        + reason
    }
  }

  private static let advice =
    "Run the container as the host's root and with --privileged, or with "
    + "--cap-add SYS_ADMIN --cap-add NET_ADMIN --cap-add MKNOD --security-opt seccomp=unconfined "
    + "--security-opt apparmor=unconfined"
}
