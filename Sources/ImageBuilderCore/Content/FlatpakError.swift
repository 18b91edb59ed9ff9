import Bindings
import Configuration
import SystemPackage

/// Flatpak content cannot be pulled or installed.
enum FlatpakError: ExitStatusError, CustomStringConvertible {
  /// What is wrong with a list of a remote, as far as its summary says.
  struct Problem: Sendable, Hashable, CustomStringConvertible {
    /// The option that asks for it, as `SECTION:OPTION`, with its line in front if that is known.
    let option: String
    let text: String

    var description: String { "\(option): \(text)" }
  }

  /// What is wrong with several remotes.
  case several([FlatpakError])
  case missingURL(String, file: String)
  case missingKeys(String)
  case unusableRepositoryFile(String, String, reason: String)
  case unreachable(String, url: String, reason: String)
  case unverified(String, url: String, reason: String)
  case problems([Problem])
  case downgrades([Downgrade])
  case extraData(String, reason: String)
  case failedPull(reason: String)
  case changedRemote(String, ref: String)
  case failedInstallation(reason: String, cache: FilePath)
  case damagedObjects([String], cache: FilePath, isCacheDamaged: Bool)
  case differentCommit(String, planned: String, installed: String)
  case noFlatpak
  case failedTrigger(String, reason: String)
  case noPlan(FilePath, reason: String)
  case noCopy(String, FilePath)

  /// A ref whose newest commit is older than the one that was pulled before.
  struct Downgrade: Sendable, Hashable {
    let ref: String
    let remote: String
    /// Seconds since the epoch.
    let pulled: UInt64
    let offered: UInt64
  }

  var exitStatus: ExitStatus {
    switch self {
    case .several(let errors): errors[0].exitStatus
    case .missingURL, .missingKeys, .unusableRepositoryFile, .problems, .noFlatpak: .dataError
    case .unreachable, .unverified, .extraData, .noCopy: .unavailable
    default: .failure
    }
  }

  var description: String {
    switch self {
    case .several(let errors):
      "\(errors.count) Flatpak remotes cannot be used:"
        + errors.map { "\n  \("\($0)".replacing("\n", with: "\n  "))" }.joined()
    case .missingURL(let section, let file):
      "\(section) has no url, and its repo_file \(file) has no Url that can be used; accepted: "
        + RepositoryURLSyntax.accepted
    case .missingKeys(let section):
      "there is no key to verify \(section) with: name files with public keys in trusted_keys, or a "
        + "repo_file that has a GPGKey"
    case .unusableRepositoryFile(let source, let section, let reason):
      "\(section): the repo_file \(source) cannot be used: \(reason)"
    case .unreachable(let remote, let url, let reason):
      "the Flatpak remote \(remote) (\(url)) cannot be used: \(reason)"
    case .unverified(let section, let url, let reason):
      "\(section): what \(url) sends is not signed by a key that verifies it: \(reason)\n  the keys are "
        + "those in trusted_keys, else the GPGKey of repo_file, else those of ostree:trusted_keys or "
        + "data/keys"
    case .problems(let problems):
      "the image cannot get the Flatpaks that the configuration asks for:"
        + problems.map { "\n  \($0)" }.joined()
        + "\n  image-builder --explain SECTION:OPTION shows the lines that set a list"
    case .downgrades(let downgrades):
      "Flatpak remotes offer commits that are older than those that were pulled before:"
        + downgrades.map {
          "\n  \($0.remote):\($0.ref) of \(UTCDate.text($0.offered)); pulled before: "
            + UTCDate.text($0.pulled)
        }.joined()
        + "\n  somebody may be sending an old state of the remote. If its publisher went back, set "
        + "allow_downgrade = true in the section of the remote"
    case .extraData(let ref, let reason):
      "the extra data of \(ref) cannot be downloaded: \(reason)"
    case .failedPull(let reason): "the Flatpaks cannot be pulled: \(reason)"
    case .changedRemote(let remote, let ref):
      "the remote \(remote) got another commit of \(ref) while the build pulled from it"
    case .failedInstallation(let reason, let cache):
      "the Flatpaks cannot be installed: \(reason)\n  everything is read from \(cache). If something is "
        + "missing or damaged there, remove \(cache)/repo, and build again: it is pulled anew"
    case .damagedObjects(let messages, let cache, let isCacheDamaged):
      "the Flatpaks that were installed are damaged:" + messages.map { "\n  \($0)" }.joined()
        + (isCacheDamaged
          ? "\n  they were removed from \(cache), whose disk may be failing; build again, and they are "
            + "pulled anew"
          : "\n  the objects in \(cache) are not damaged; the disk of the build or the memory may be "
            + "failing; build again")
    case .differentCommit(let ref, let planned, let installed):
      "\(ref) was installed with the commit \(installed), but the content hook has pulled \(planned); "
        + "build again"
    case .noFlatpak:
      "the tree has no program flatpak, which the Flatpaks of the image need; add it to the tree, for "
        + "example with [tree] packages_add = flatpak"
    case .failedTrigger(let name, let reason):
      "\(name), which Flatpak runs after each installation, failed in the tree: \(reason)"
    case .noCopy(let remote, let directory):
      "there is no copy of the Flatpak remote \(remote) (\(directory)), which the first build makes; ask "
        + "without --offline"
    case .noPlan(let directory, let reason):
      "\(directory) does not say what is to be installed (\(reason)); the hook 50-flatpak of the "
        + "content group writes that, and must run before that of the image group"
    }
  }
}

extension FlatpakError {
  /// - Throws: what is wrong with remotes, if anything is.
  static func check(_ failures: [FlatpakError]) throws(FlatpakError) {
    guard let first = failures.first else { return }
    throw failures.count == 1 ? first : .several(failures)
  }

  /// Runs `body` for all remotes at the same time, so that several that do not answer cost the time of
  /// one.
  ///
  /// - Returns: the results, and what is wrong with the other remotes, in order.
  /// - Throws: what else `body` throws.
  static func gather<Element: Sendable, Result: Sendable>(
    _ remotes: [Element], _ body: @escaping @Sendable (Element) async throws -> Result
  ) async throws -> (results: [Result], failures: [FlatpakError]) {
    typealias Outcome = (index: Int, result: Swift.Result<Result, FlatpakError>)
    return try await withThrowingTaskGroup(of: Outcome.self) { group in
      for (index, remote) in remotes.enumerated() {
        group.addTask {
          do {
            return (index, .success(try await body(remote)))
          } catch let error as FlatpakError {
            return (index, .failure(error))
          }
        }
      }
      let outcomes = try await group.reduce(into: [Outcome]()) { $0.append($1) }
        .sorted { $0.index < $1.index }
      var (results, failures): ([Result], [FlatpakError]) = ([], [])
      for outcome in outcomes {
        switch outcome.result {
        case .success(let result): results.append(result)
        case .failure(let error): failures.append(error)
        }
      }
      return (results, failures)
    }
  }
}
