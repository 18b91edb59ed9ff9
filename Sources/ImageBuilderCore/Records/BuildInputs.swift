import Bindings
import Configuration
import SystemPackage

/// What decides the result of a build, apart from its version: the output `inputs.json`. Two builds
/// with equal inputs make the same image.
///
/// Equal inputs have the same text on every host, and it contains neither private values nor digests
/// of single ones.
package struct BuildInputs: Equatable, Sendable {
  private static let commit = "commit"
  private static let `private` = "private"

  /// Names, such as `hook image/50-user`, each with a digest or a short text.
  package let entries: [String: String]

  /// Computes the inputs of a build that would begin now. It needs neither root nor a network.
  ///
  /// - Parameters:
  ///   - commit: the commit of the tree; nil if it is not known.
  ///   - probes: the digests that the hooks of the group `inputs` have printed, by name.
  ///   - files: what is known of files, to be shared by the inputs of several variants.
  /// - Throws: `ConfigurationError`, `LinuxError`, `MissingProgramFiles`.
  package init(
    _ configuration: Configuration, _ paths: BuildPaths, commit: String?,
    probes: [String: String], files: InputFiles = InputFiles()
  ) throws {
    // Later stages only look at what was built, or copy it.
    let last = Stage.check
    var account = InputAccount(configuration, paths, files)
    let settings = try configuration.inputSettings(through: last)
    account.add("setting", settings.public)
    if let code = try Self.authentication(of: settings.private, configuration) {
      account.add(Self.private, code)
    }
    for group in HookGroup.allCases
    where group == .inputs || group.stage.map({ $0 <= last }) == true {
      try account.addHooks(of: group)
    }
    try account.addProgramAndFiles()
    if let commit { account.add(Self.commit, commit) }
    for (name, digest) in probes { account.add("probe \(name)", digest) }
    entries = account.entries
  }

  /// The digest of all private settings, which nobody can compare with guesses without the key
  /// `fleet:inputs_key`. Nil without a key.
  private static func authentication(
    of settings: [(name: OptionName, text: String)], _ configuration: Configuration
  ) throws -> String? {
    guard let key = try configuration.inputsKey else { return nil }
    let texts = Dictionary(settings.map { ("\($0.name)", JSONValue.string($0.text)) }) { $1 }
    let code = MessageDigest.authentication(
      of: try JSONValue.object(texts).text(), key: Array(key.utf8))
    return "hmac-sha256:\(hexadecimalText(code))"
  }

  /// Reads the content of an `inputs.json`.
  ///
  /// - Throws: `MalformedInputs`.
  package init(parsing text: String) throws {
    do {
      entries = try JSONValue(parsing: text).decoded(as: [String: String].self)
    } catch {
      throw MalformedInputs(reason: JSONValue.reason(error))
    }
  }

  /// The content of `inputs.json`. Equal inputs have the same text.
  package var text: String {
    get throws { try JSONValue.object(entries.mapValues(JSONValue.string)).text() }
  }

  /// The SHA-256 of the text, in lower-case hexadecimal.
  package var digest: String {
    get throws { MessageDigest.hexadecimal(of: try text) }
  }

  /// The commit of the tree.
  package var commit: String? { entries[Self.commit] }

  /// Whether these are the inputs of another build. If the commit is not known here, it may be any.
  func agree(with other: BuildInputs) -> Bool {
    var others = other.entries
    if commit == nil { others[Self.commit] = nil }
    return entries == others
  }

  /// Sentences that say what differs from older inputs, the most important one first.
  package func changes(since older: BuildInputs) -> [String] {
    InputChange.all(from: older.entries, to: entries).sorted().map { change in
      switch (change.name, change.old, change.new) {
      case (Self.commit, let old?, let new?):
        "the commit is another one (\(old.prefix(8))... -> \(new.prefix(8))...)"
      case (Self.private, _?, _?): "private settings were changed"
      case (Self.private, _, _): "the digest of private settings \(change.verb)"
      default: change.sentence
      }
    }
  }
}

/// A text that is not the content of an `inputs.json`.
struct MalformedInputs: ExitStatusError, CustomStringConvertible {
  let reason: String

  var exitStatus: ExitStatus { .dataError }
  var description: String {
    "it is not the content of an inputs.json, a JSON object of strings: \(reason)"
  }
}

/// An entry that differs between two accounts of inputs.
struct InputChange: Comparable {
  /// What names begin with, the most important first.
  private static let kinds = [
    "commit", "setting", "public setting", "private", "hook ", "probe", "content", "file",
    "local file", "program",
  ]

  let name: String
  let old: String?
  let new: String?

  private var rank: Int {
    Self.kinds.firstIndex { name.hasPrefix($0) } ?? Self.kinds.count
  }

  /// Returns the entries that differ.
  static func all(from old: [String: String], to new: [String: String]) -> [InputChange] {
    Set(old.keys).union(new.keys).compactMap { name in
      old[name] == new[name] ? nil : InputChange(name: name, old: old[name], new: new[name])
    }
  }

  static func < (one: InputChange, other: InputChange) -> Bool {
    one.rank != other.rank
      ? one.rank < other.rank : one.name.utf8.lexicographicallyPrecedes(other.name.utf8)
  }

  var verb: String { new == nil ? "was removed" : old == nil ? "is new" : "was changed" }

  /// A sentence such as "the hook image/50-user was changed".
  var sentence: String { "the \(name) \(verb)" }
}
