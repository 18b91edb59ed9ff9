import Bindings
import Configuration
import Glibc
import SystemPackage

/// The root filesystem of a layer that is being made.
struct LayerRoot: Sendable {
  let path: FilePath
  /// Whether there is an image below, whose own programs are used.
  let hasParent: Bool
  /// A directory for files of the build that do not belong in the image.
  let scratch: FilePath
  /// A directory for downloads, which is kept.
  let downloads: FilePath
  let helpers: FilePath
  let output: LayerOutput

  /// SOURCE_DATE_EPOCH for programs.
  let time: UInt64
  /// Whether commands and playbooks have a network.
  let hasNetwork: Bool

  /// The path of a file of the image. Links are followed within the image.
  ///
  /// - Throws: `LinuxError`.
  func resolve(_ inside: String) throws -> FilePath { try RootedPath.resolve(inside, in: path) }

  /// Creates a directory of the image, and its parents.
  func createDirectory(_ inside: String) throws -> FilePath {
    try RootedPath.createDirectory(inside, in: path)
  }

  /// Runs a program of the host.
  ///
  /// - Throws: `CommandFailure`; `CancellationError`.
  func host(
    _ program: String, _ arguments: [String], environment: [String: String] = [:],
    _ level: LogLevel = .information, watch: @escaping @Sendable (String) -> Void = { _ in }
  ) async throws {
    var variables = Command.toolEnvironment
    variables["HOME"] = scratch.string
    variables["TMPDIR"] = "/var/tmp"
    variables[variable: .sourceDateEpoch] = "\(time)"
    variables.merge(environment) { $1 }
    try await output.run(Command(program, arguments, environment: variables), level, watch)
  }

  /// Runs a program of the image, contained by `helpers/enter-root`: it has its own processes and
  /// devices, and the network of the host.
  ///
  /// - Throws: `CommandFailure`; `CancellationError`.
  func inside(
    _ words: [String], environment: [String: String] = [:], _ level: LogLevel = .information,
    watch: @escaping @Sendable (String) -> Void = { _ in }
  ) async throws {
    var variables = insideEnvironment
    variables.merge(environment) { $1 }
    let command = Command(
      helpers.appending("enter-root").string, [path.string] + words, environment: variables)
    try await output.run(command, level, watch)
  }

  /// What decides whether commands and playbooks have a network.
  var networkEnvironment: [String: String] { ["EIB_IMAGE_CHROOT_NETWORK": "\(hasNetwork)"] }

  /// The environment of programs of the image.
  var insideEnvironment: [String: String] {
    var variables = Command.toolEnvironment
    variables["HOME"] = "/root"
    variables[variable: .sourceDateEpoch] = "\(time)"
    variables["EIB_ARCH"] = Architecture.host?.rawValue
    variables["EIB_IMAGE_CHROOT_NETWORK"] = "true"
    return variables
  }

  /// Calls `body` while the image has the host's resolver and, if it has no programs of its own yet,
  /// the devices that scripts of packages need.
  func prepared<Result>(_ body: () async throws -> Result) async throws -> Result {
    for name in ["dev", "etc", "proc", "sys", "run", "tmp"] { _ = try createDirectory(name) }
    let devices = try hasParent ? [] : makeDevices()
    let resolver = try HostResolver(in: path)
    do {
      let result = try await body()
      try resolver?.remove()
      for device in devices { unlink(device.string) }
      return result
    } catch {
      try? resolver?.remove()
      throw error
    }
  }

  /// Null, zero, full, random, urandom (major number 1 of Linux's devices.txt).
  private func makeDevices() throws -> [FilePath] {
    let directory = try resolve("dev")
    let minors: KeyValuePairs = ["null": 3, "zero": 5, "full": 7, "random": 8, "urandom": 9]
    return try minors.map { name, minor in
      let path = directory.appending(name)
      // mmdebstrap makes them, too.
      guard mknod(path.string, S_IFCHR | 0o666, dev_t(1 << 8 | minor)) == 0 || errno == EEXIST
      else {
        throw LinuxError("make the device \(path)", Errno(rawValue: errno))
      }
      chmod(path.string, 0o666)
      return path
    }
  }
}

/// Shows what the build of a layer does.
final class LayerOutput: Sendable {
  private let level: LogLevel

  init(_ level: LogLevel) {
    self.level = level
  }

  /// Shows a step.
  func say(_ text: String) { write("layer: \(text)") }

  func warn(_ text: String) { write("layer: warning: \(text)") }

  /// Runs a program, and shows its lines if they matter enough.
  ///
  /// - Parameter level: that of its lines.
  /// - Throws: `CommandFailure`; `CancellationError`.
  func run(
    _ command: Command, _ level: LogLevel, _ watch: @escaping @Sendable (String) -> Void
  ) async throws {
    try await command.run { line in
      watch(line)
      if level <= self.level { self.write(line) }
    }
  }

  private func write(_ line: String) {
    let text = line.split(separator: "\n").map { TerminalText.clean(String($0)) }
    _ = try? FileDescriptor.standardError.writeAll(
      (text.joined(separator: "\n") + "\n").utf8)
  }
}
