import Bindings
import Configuration
import SystemPackage

/// Collects what decides the result of a stage or of a build: readable names, each with a digest or
/// a short text. Nothing in it depends on the host or the time.
struct InputAccount {
  private(set) var entries: [String: String] = [:]
  private let configuration: Configuration
  private let paths: BuildPaths
  private let files: InputFiles

  /// Longer texts are replaced by their digests.
  private static let longestTextInBytes = 64

  init(_ configuration: Configuration, _ paths: BuildPaths, _ files: InputFiles) {
    self.configuration = configuration
    self.paths = paths
    self.files = files
  }

  mutating func add(_ name: String, _ value: String) {
    entries[name] = value
  }

  /// Adds public settings.
  mutating func add(_ kind: String, _ settings: [(name: OptionName, text: String)]) {
    for (name, text) in settings {
      let isShown =
        text.utf8.count <= Self.longestTextInBytes && !text.hasPrefix(InputFiles.digestPrefix)
      entries["\(kind) \(name)"] = isShown ? text : Self.digest(of: text)
    }
  }

  /// Adds the digest of each private setting, which only root may read.
  mutating func addDigests(of settings: [(name: OptionName, text: String)]) {
    for (name, text) in settings { entries["setting \(name)"] = Self.digest(of: text) }
  }

  private static func digest(of text: String) -> String {
    InputFiles.digestPrefix + MessageDigest.hexadecimal(of: text)
  }

  /// Adds the hooks of a group.
  ///
  /// - Throws: `ConfigurationError` with all missing hooks; `LinuxError`.
  mutating func addHooks(of group: HookGroup) throws {
    let hooks = HookFiles(section: group.rawValue, paths)
    let (found, problems) = try hooks.places(of: configuration)
    if let error = ConfigurationError.combining(problems) { throw error }
    for (name, path) in found {
      entries["hook \(group.rawValue)/\(name)"] = try files.identity(of: path)
    }
  }

  /// Adds what all stages and hooks use: the program, its files and those of the site, the files
  /// that options name, and `SOURCE_DATE_EPOCH`.
  ///
  /// - Throws: `ConfigurationError`; `LinuxError`; `MissingProgramFiles`.
  mutating func addProgramAndFiles() throws {
    let lists = [
      ("file buildscript", paths.buildScript), ("hook library", paths.hookLibrary),
    ]
    for (name, path) in lists { entries[name] = try files.identity(of: path) }
    var directories = [
      ("file lib", paths.sourceDirectory.appending("lib")),
      ("file helpers", paths.helpersDirectory), ("file data", paths.dataDirectory),
    ]
    for (index, local) in paths.localDirectories.enumerated() {
      let kind = index == 0 ? "local file" : "local file of another --localdir (\(index))"
      for name in ["lib", "helpers", "data"] {
        directories.append(("\(kind) \(name)", local.appending(name)))
      }
    }
    for (prefix, directory) in directories {
      let holdsLibrary = paths.hookLibrary.removingLastComponent() == directory
      let library = holdsLibrary ? paths.hookLibrary.lastComponent?.string : nil
      for (name, identity) in try files.identities(below: directory) where name != library {
        entries["\(prefix)/\(name)"] = identity
      }
    }
    for (option, named) in try namedFiles() where !named.isEmpty {
      entries["content of \(option)"] = try named.map(files.identity).joined(separator: " ")
    }
    if let epoch = BuildVariable.sourceDateEpoch.value, !epoch.isEmpty {
      entries["variable \(BuildVariable.sourceDateEpoch.rawValue)"] = epoch
    }
    entries["program image-builder"] = try files.identityOfProgram()
  }

  /// The existing files that options name. A key that an ostree hook makes does not exist at first.
  private func namedFiles() throws -> [(option: OptionName, [FilePath])] {
    let (keys, signers) = (Options.ostree.trustedKeys, Options.image.signingPublicKeys)
    var named: [(OptionName, [FilePath])] = [
      (keys.name, try configuration.value(keys).map { FilePath($0) }),
      (signers.name, try configuration.signingPublicKeys),
    ]
    for remote in configuration.flatpakRemotes {
      let keys = try configuration.valueIfSet(remote.trustedKeys) ?? []
      named.append((remote.trustedKeys.name, keys.map { FilePath($0) }))
      let file = try configuration.valueIfSet(remote.repositoryFile) ?? ""
      named.append(
        (remote.repositoryFile.name, [FlatpakRemoteOptions.path(file)].compactMap { $0 }))
    }
    return named.map { ($0, $1.filter { FileKind(following: $0) == .regular }) }
  }
}
