import Bindings
import Configuration
import SystemPackage

/// The manifest fragment `flatpak`: the remotes and everything that is installed. Its keys are those
/// of EIB.
struct FlatpakManifest {
  private let object: [String: JSONValue]

  /// The fragment of an image without Flatpaks.
  init() {
    object = ["remotes": .object([:]), "runtimes": .object([:]), "apps": .object([:])]
  }

  /// Describes an installation.
  ///
  /// - Throws: `GLibError`.
  init(of path: FilePath) throws {
    let installation = try FlatpakInstallation(path)
    let repository = try Repository(opening: installation.repository)
    let remotes = try installation.remotes().map { remote in
      (
        remote.name,
        JSONValue.object([
          "url": .string(remote.url), "collection-id": .optional(remote.collectionID),
        ])
      )
    }
    var refs: [FlatpakRef.Kind: [String: JSONValue]] = [.app: [:], .runtime: [:]]
    for installed in try installation.installedRefs() {
      refs[installed.ref.kind]?[installed.ref.shortText] = .object(
        Self.facts(of: installed, try repository.commit(installed.commit)))
    }
    object = [
      "remotes": .object(Dictionary(remotes) { first, _ in first }),
      "runtimes": .object(refs[.runtime] ?? [:]), "apps": .object(refs[.app] ?? [:]),
    ]
  }

  /// Writes the fragment.
  ///
  /// - Throws: `LinuxError`, `EncodingError`.
  func write(_ paths: BuildPaths) throws {
    try ManifestFragments.write(.object(["flatpak": .object(object)]), named: "flatpak", paths)
  }

  /// The form of EIB, which is also that of the fragment `ostree`.
  private static func date(_ timestamp: UInt64) -> String {
    UTCDate.text(timestamp).replacing("Z", with: "+0000")
  }

  private static func facts(
    of installed: InstalledFlatpak, _ commit: Commit
  ) -> [String: JSONValue] {
    let ref = installed.ref
    var facts: [String: JSONValue] = [
      "name": .string(ref.name), "arch": .string(ref.arch), "branch": .string(ref.branch),
      "ref": .string("\(ref)"), "remote": .string(installed.remote),
      "commit": .string(installed.commit), "date": .string(Self.date(commit.timestamp)),
      "size": .count(installed.installedSizeInBytes), "version": .optional(installed.version),
    ]
    if !installed.subpaths.isEmpty {
      facts["subpaths"] = .array(installed.subpaths.map(JSONValue.string))
    }
    if ref.kind == .app { facts["runtime"] = .optional(installed.metadata.runtime) }
    let texts = [("name", installed.title), ("summary", installed.summary)]
      .compactMap { key, text in text.map { (key, JSONValue.string($0)) } }
    if !texts.isEmpty {
      facts["appdata"] = .object(["C": .object(Dictionary(texts) { first, _ in first })])
    }
    return facts
  }
}
