import Configuration
import FoundationEssentials
import Glibc
import SystemPackage

/// Runs scripts and rsync on the host of a destination (publish:ssh).
///
/// The programs run in SYSCONFDIR and name the files there without a directory, because ssh takes
/// blanks, quotes, `%` and `$` in the paths of its options for syntax. HOME is not used.
struct SSHConnection: Sendable {
  private static let key = "ssh-key.pem"
  private static let knownHosts = "known_hosts"

  let place: SSHPlace
  let systemDirectory: FilePath
  /// The words of build:ssh_options.
  private let options: [String]
  /// When a connection that failed is made again. All scripts can run twice.
  var retries: RetryPolicy

  /// - Throws: `ConfigurationError`; `UnusableRetryVariable`; `SSHProblem` for options that let any
  ///   host in.
  init(_ place: SSHPlace, _ configuration: Configuration, _ paths: BuildPaths) throws {
    self.place = place
    systemDirectory = paths.systemDirectory
    retries = try .forDestinations()
    options = PythonText.words(try configuration.value(Options.build.sshOptions))
    let checking = options.joined(separator: " ").lowercased()
      .matches(of: #/stricthostkeychecking[ =]+([a-z-]+)/#).map(\.1)
    guard !checking.contains(where: { $0 != "yes" && $0 != "ask" }) else {
      throw SSHProblem(place, .uncheckedHosts)
    }
  }

  /// The program and its options. The first value of an option counts, so what stands before those
  /// of build:ssh_options cannot be changed, and what follows them can.
  private var ssh: [String] {
    let fixed = [
      "-F", "none", "-T", "-x", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes",
    ]
    var changeable = [
      "UserKnownHostsFile=\(Self.knownHosts)", "IdentitiesOnly=yes", "ClearAllForwardings=yes",
      "ConnectTimeout=30", "ServerAliveInterval=15", "ServerAliveCountMax=4",
    ].flatMap { ["-o", $0] }
    if Directories.exists(systemDirectory.appending(Self.key)) { changeable += ["-i", Self.key] }
    return ["ssh"] + fixed + options + changeable
  }

  /// What a script wrote, and how it ended.
  struct Answer {
    let output: [UInt8]
    let status: SSHScript.Status
  }

  /// Runs a script in the directory of the destination, by `sh` there.
  ///
  /// - Parameters:
  ///   - input: what the script reads; it is sent as base64, so a connection that ends early leaves no
  ///     valid end.
  ///   - limit: the largest output, in bytes.
  /// - Throws: `SSHProblem`; `CancellationError`; `LinuxError`; `NoTemporaryDirectory`.
  func run(
    _ script: SSHScript, _ arguments: [String] = [], input: [UInt8]? = nil,
    limit: Int = SharedFile.largestInBytes
  ) async throws -> Answer {
    let words = ["sh", "-c", script.text, "sh", place.directory] + arguments
    // The shell of the account reads the command.
    let remote = words.map(shellQuoted).joined(separator: " ")
    let limited = #"set -o pipefail; count=$1; shift; "$@" | head -c "$count""#
    let command = Command(
      "bash", ["-c", limited, "bash", "\(limit + 1)"] + ssh + ["--", place.login, remote],
      workingDirectory: systemDirectory,
      input: input.map { Data($0).base64EncodedString() })
    return try await retries.run { try await answer(command, limit) }
  }

  private func answer(_ command: Command, _ limit: Int) async throws -> Answer {
    try await TemporaryDirectory.with(in: "/tmp") { directory in
      let file = directory.appending("output")
      let output = try FileDescriptor.open(
        file, .writeOnly, options: [.create, .closeOnExec], permissions: .ownerReadWrite)
      defer { try? output.close() }
      let end: Result<SSHScript.Status, any Error>
      do { end = .success(try await status(of: command, standardOutput: output)) } catch {
        end = .failure(error)
      }
      let bytes = try FileAccess.bytes(of: file)
      guard bytes.count <= limit else {
        throw SSHProblem(place, .failed(["it sent more than \(limit) bytes"]))
      }
      return Answer(output: bytes, status: try end.get())
    }
  }

  private func status(
    of command: Command, standardOutput: FileDescriptor
  ) async throws -> SSHScript.Status {
    do {
      try await command.run(standardOutput: standardOutput)
      return .done
    } catch let failure as CommandFailure {
      if case .exited(let code) = failure.reason, let status = SSHScript.Status(rawValue: code) {
        if status == .missingTools {
          let missing = SSHScript.tools.filter(failure.lastLines.contains)
          throw SSHProblem(place, .missingTools(missing))
        }
        return status
      }
      throw SSHProblem(place, failure, systemDirectory)
    }
  }

  /// Sends a directory with rsync. What is there already is compared by content and used.
  ///
  /// - Parameters:
  ///   - names: the files to send. If nil, all are sent, and what else is in the target is removed.
  ///   - target: the path below the directory of the destination.
  ///   - report: is called with the number of bytes that have been sent or found there so far.
  /// - Throws: `SSHProblem`; `CancellationError`; `LinuxError`.
  func send(
    _ directory: FilePath, only names: [String]? = nil, to target: String,
    report: @escaping @Sendable (UInt64) -> Void
  ) async throws {
    let selection =
      names == nil ? ["--recursive", "--delete-before"] : ["--from0", "--files-from=-"]
    let rsync =
      ["rsync", "--inplace", "--ignore-times", "--no-human-readable", "--info=progress2"]
      + rsyncOptions + selection + ["--", "\(directory)/", "\(place)/\(target)/"]
    // rsync separates its numbers by carriage returns.
    let lines = #"set -o pipefail; "$@" | stdbuf -oL tr '\r' '\n'"#
    let command = Command(
      "bash", ["-c", lines, "bash"] + rsync, workingDirectory: systemDirectory,
      input: names.map { $0.map { $0 + "\0" }.joined() })
    try await retries.run {
      do {
        try await command.run { line in
          if let match = line.prefixMatch(of: #/ *(\d+) +\d+% /#), let count = UInt64(match.1) {
            report(count)
          }
        }
      } catch let failure as CommandFailure {
        // The message of the other side may be lost.
        if failure.reason == .exited(Self.fileError), try await isFull() {
          throw SSHProblem(place, .full([]))
        }
        throw SSHProblem(place, failure, systemDirectory)
      }
    }
  }

  /// Copies a directory from there with rsync.
  ///
  /// - Parameter source: the path below the directory of the destination.
  /// - Throws: `SSHProblem`; `CancellationError`; `LinuxError`.
  func fetch(_ source: String, to directory: FilePath) async throws {
    let command = Command(
      "rsync",
      ["--recursive"] + rsyncOptions + ["--", "\(place)/\(source)/", "\(directory)/"],
      workingDirectory: systemDirectory)
    try await retries.run {
      do {
        try await command.run()
      } catch let failure as CommandFailure {
        throw SSHProblem(place, failure, systemDirectory)
      }
    }
  }

  private var rsyncOptions: [String] {
    [
      "--perms", "--chmod=D755,F644", "--secluded-args", "--timeout=120", "--rsh",
      ssh.map(Self.rsyncQuoted).joined(separator: " "),
    ]
  }

  /// The status of rsync for an error in a file (rsync(1)).
  private static let fileError: Int32 = 11
  private static let minimumFreeBytes: UInt64 = 16 << 20

  /// Whether the filesystem of the destination has no room for another file.
  private func isFull() async throws -> Bool {
    let answer = String(decoding: try await run(.freeBlocks).output, as: UTF8.self)
    let numbers = answer.split(separator: " ").map { UInt64($0) ?? 0 }
    guard numbers.count == 2 else { return false }
    let (free, isLarge) = numbers[0].multipliedReportingOverflow(by: numbers[1])
    return !isLarge && free < Self.minimumFreeBytes
  }

  /// Quotes a word for `--rsh`, where a quote is doubled (rsync(1)).
  private static func rsyncQuoted(_ word: String) -> String {
    "'\(word.replacing("'", with: "''"))'"
  }
}
