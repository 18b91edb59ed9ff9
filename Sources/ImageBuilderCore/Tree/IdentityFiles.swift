import Bindings
import Configuration
import Glibc
import SystemPackage

/// Files that belong to one machine, but would be the same on all machines with an image.
struct IdentityFiles {
  /// Files in `/etc` and `/var` of a deployment. The last component may be a pattern.
  private static let patterns = [
    "etc/ssh/ssh_host_*_key", "etc/dropbear/dropbear_*_host_key",
    "etc/ssl/private/ssl-cert-snakeoil.key", "etc/random-seed", "var/lib/dbus/machine-id",
    "var/lib/systemd/random-seed", "var/lib/systemd/credential.secret",
    "var/lib/urandom/random-seed",
    "var/lib/random-seed", "var/lib/NetworkManager/secret_key",
  ]

  let root: DeploymentRoot

  /// The paths of the files in the booted system, sorted.
  ///
  /// - Throws: `TreeError.unusableFile`, `LinuxError`.
  func found() throws -> [String] {
    var found = Self.patterns.flatMap(matches)
    if try hasMachineID() { found.append("/etc/machine-id") }
    return found.sorted()
  }

  /// systemd makes an ID at the first boot if the file is empty or says `uninitialized`.
  private func hasMachineID() throws -> Bool {
    guard let etc = directory("etc"), isFilled(etc.appending("machine-id")),
      let bytes = try root.bytes(of: "etc/machine-id")
    else { return false }
    let text = String(decoding: bytes, as: UTF8.self)
    return !["", "uninitialized"].contains(text.filter { !$0.isWhitespace })
  }

  private func matches(_ pattern: String) -> [String] {
    let path = FilePath(pattern)
    let parent = path.removingLastComponent()
    guard let directory = directory(parent), let last = path.lastComponent?.string else {
      return []
    }
    return Directories.names(in: directory)
      .filter { fnmatch(last, $0, 0) == 0 && isFilled(directory.appending($0)) }
      .map { "/\(parent.appending($0))" }
  }

  /// The directory on the host; nil if there is none. `/var` is beside the deployment.
  private func directory(_ inside: FilePath) -> FilePath? {
    let isInVar = inside.components.first == "var"
    let rest = FilePath(root: nil, inside.components.dropFirst(isInVar ? 1 : 0))
    return try? RootedPath.resolve(rest.string, in: isInVar ? root.varDirectory : root.path)
  }

  private func isFilled(_ file: FilePath) -> Bool { (FileState(of: file)?.sizeInBytes ?? 0) > 0 }
}
