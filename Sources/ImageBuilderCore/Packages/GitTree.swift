import Bindings
import Configuration
import SystemPackage

/// A directory or file in the work tree of a git repository.
struct GitTree: Sendable {
  private let path: FilePath
  /// The directory in which git runs.
  private let directory: FilePath
  /// The path in that directory, for git.
  private let inside: String
  /// What the last commit has at the path: the hash of a tree, or the mode and the hash of a file.
  let committed: String
  private let prefix: String
  private let gitDirectory: FilePath
  private let objects: FilePath

  /// - Returns: nil if the path is in no work tree.
  /// - Throws: `GitFailure`; `CancellationError`.
  init?(_ path: FilePath) async throws {
    // A link is the directory that it leads to.
    let isDirectory = Directories.isDirectory(path)
    directory = isDirectory ? path : path.removingLastComponent()
    inside = isDirectory ? "./" : "./\(path.lastComponent?.string ?? "")"
    self.path = path
    do {
      let lines = try await Self.git(
        directory,
        [
          "rev-parse", "--path-format=absolute", "--absolute-git-dir", "--git-common-dir",
          "--show-prefix", "HEAD:\(inside)",
        ]
      ).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
      guard lines.count >= 4 else {
        throw GitFailure(path: path, reason: "git rev-parse says \(lines)")
      }
      gitDirectory = FilePath(lines[0])
      objects = FilePath(lines[1]).appending("objects")
      prefix = lines[2]
      committed =
        isDirectory
        ? lines[3]
        : trimmed(
          try await Self.git(
            directory, ["ls-tree", "--format=\(Self.modeAndHash)", "HEAD", "--", inside]))
    } catch let failure as CommandFailure {
      let text = failure.lastLines.joined(separator: "\n")
      // git says the same of a repository that is damaged.
      if text.contains("not a git repository"), !Self.hasRepository(above: directory) { return nil }
      throw GitFailure(path: path, failure)
    }
  }

  /// The hash that the path would have if its files were committed as they are; nil if it would not change.
  /// Nothing is written into the repository.
  ///
  /// - Throws: `GitFailure`; `CancellationError`; `LinuxError`.
  func changed() async throws -> String? {
    do {
      let status = try await Self.git(
        directory, ["status", "--porcelain", "--untracked-files=all", "--", inside])
      if status.isEmpty { return nil }
      return try await TemporaryDirectory.with(in: "/tmp") { temporary in
        let index = temporary.appending("index")
        if Directories.exists(gitDirectory.appending("index")) {
          try FileAccess.copy(gitDirectory.appending("index"), to: index, waitsForDisk: false)
        }
        let environment = [
          "GIT_INDEX_FILE": index.string, "GIT_OBJECT_DIRECTORY": temporary.string,
          "GIT_ALTERNATE_OBJECT_DIRECTORIES": objects.string,
        ]
        _ = try await Self.git(directory, ["add", "--all", "--", inside], environment)
        let now: String
        if inside == "./" {
          now = try await Self.git(directory, ["write-tree", "--prefix=\(prefix)"], environment)
        } else {
          now = try await Self.git(
            directory, ["ls-files", "--format=\(Self.modeAndHash)", "--", inside], environment)
        }
        let hash = trimmed(now)
        // A file that differs in what git does not keep, such as its time, is the same.
        return hash == committed ? nil : hash
      }
    } catch let failure as CommandFailure {
      throw GitFailure(path: path, failure)
    }
  }

  private static let modeAndHash = "%(objectmode)%(objectname)"

  private static func hasRepository(above directory: FilePath) -> Bool {
    var directory = directory
    repeat {
      if Directories.exists(directory.appending(".git")) { return true }
    } while directory.removeLastComponent()
    return false
  }

  /// Runs git, and returns what it prints.
  private static func git(
    _ directory: FilePath, _ arguments: [String], _ more: [String: String] = [:]
  ) async throws -> String {
    var environment = Command.toolEnvironment
    // Rules of this user: safe.directory, core.excludesFile.
    environment["HOME"] = currentEnvironment()["HOME"]
    environment["LC_ALL"] = "C.UTF-8"
    environment.merge(more) { $1 }
    return try await Command(
      "git", ["--no-optional-locks", "-C", directory.string] + arguments, environment: environment
    ).output()
  }
}

/// git does not say what a package is made of.
struct GitFailure: ExitStatusError, CustomStringConvertible {
  let path: FilePath
  let reason: String

  init(path: FilePath, reason: String) {
    (self.path, self.reason) = (path, reason)
  }

  init(path: FilePath, _ failure: CommandFailure) {
    let text = failure.lastLines.joined(separator: "; ")
    let advice =
      text.contains("dubious ownership")
      ? "; the repository belongs to another user: git config --global --add safe.directory DIRECTORY"
      : text.contains("HEAD") ? "; commit it first" : ""
    self.init(path: path, reason: (text.isEmpty ? failure.reason.sentence : text) + advice)
  }

  var exitStatus: ExitStatus { .dataError }
  var description: String { "git cannot tell the hash of \(path): \(visible(reason))" }
}
