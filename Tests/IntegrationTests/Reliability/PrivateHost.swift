import Foundation
import SystemPackage
import TestSupport

/// A host for the builds of one fixture: a mount namespace in which only the fixture and separate
/// /tmp, /var/tmp and /dev/shm are writable. A process with these mounts belongs to one of the
/// builds.
struct PrivateHost {
  private let fixture: Fixture
  private let mark: String

  init(_ fixture: Fixture) throws {
    self.fixture = fixture
    mark = fixture.path("host/tmp").string
    let name = fixture.directory.lastComponent!
    for place in ["host/tmp", "host/shm", "host/var-tmp/\(name)"] {
      _ = try fixture.makeDirectory(place)
    }
  }

  /// Starts a program on the host. The process is that of the program itself.
  func start(_ program: FilePath, _ arguments: [String]) throws -> RunningProgram {
    let script = """
      set -e
      exec 9<"$1"
      mount --bind "$1/host/shm" /dev/shm
      mount --bind "$1/host/tmp" /tmp
      mount --bind "$1/host/var-tmp" /var/tmp
      mount --no-canonicalize --rbind /proc/self/fd/9 "$1"
      mount -o remount,bind,ro /
      exec 9<&-
      shift
      exec "$@"
      """
    return try RunningProgram(
      "/usr/bin/unshare",
      ["--mount", "/bin/bash", "-c", script, "bash", fixture.directory.string, program.string]
        + arguments)
  }

  /// Returns the remaining processes of the programs, each with its mount and PID namespaces.
  func processes() -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return names.filter { Int($0) != nil }.compactMap { name in
      guard let mounts = FileManager.default.contents(atPath: "/proc/\(name)/mountinfo"),
        String(decoding: mounts, as: UTF8.self).contains(mark)
      else { return nil }
      let command = FileManager.default.contents(atPath: "/proc/\(name)/cmdline") ?? Data()
      let namespaces = ["mnt", "pid"].map {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(name)/ns/\($0)")) ?? ""
      }
      return "\(name) \(String(decoding: command, as: UTF8.self)) \(namespaces)"
    }
  }

  /// Returns the mounts and loop devices of the fixture, and the files in it, except for
  /// `directories`.
  func state(without directories: [String]) throws -> Set<String> {
    let prunes = directories.map { "-path '\(fixture.path($0))' -prune -o" }
    let files = try Shell.run(
      "find '\(fixture.directory)' -xdev \(prunes.joined(separator: " ")) -print")
    let mounts = try Shell.run("findmnt -rno TARGET,SOURCE")
    let devices = try Shell.run("losetup -lnO NAME,BACK-FILE")
    return Set(
      files.lines + (mounts.lines + devices.lines).filter { $0.contains(fixture.directory.string) })
  }
}
