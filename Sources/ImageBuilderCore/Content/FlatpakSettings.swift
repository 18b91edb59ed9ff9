import Bindings
import Configuration
import FoundationEssentials
import SystemPackage

/// What the configuration says of Flatpak content: `[flatpak]` and the sections of the remotes.
struct FlatpakSettings {
  /// A remote that is switched on, with what is wanted from it.
  struct Remote {
    let options: FlatpakRemoteOptions
    /// The remote from which the build pulls. Its default branch is that of the configuration or of
    /// the repository file.
    let remote: FlatpakRemote
    /// The URL in the image.
    let deployedURL: String
    /// The keys that verify the remote.
    let keys: [[UInt8]]
    let wanted: [Wanted]
    /// What is never installed.
    let excluded: NameList
    /// What may be installed with data that its publisher does not let others publish.
    let allowedExtraData: NameList
    let allowsDowngrade: Bool
    /// The content of the repository file.
    let repositoryFile: [UInt8]?

    var name: String { remote.name }

    /// The remote during a build. libflatpak does not list what a hidden one offers.
    var visibleRemote: FlatpakRemote {
      var visible = remote
      visible.isHidden = nil
      return visible
    }
  }

  /// A name in the list of a remote.
  struct Wanted {
    let kind: FlatpakRef.Kind
    let name: FlatpakName
    /// The list, as in `NameList.label`.
    let label: String
  }

  /// The names in a list of the configuration.
  struct NameList {
    let names: Set<String>
    private let option: OptionName
    private let places: [ExactName: String]

    /// - Throws: `ConfigurationError`.
    init(_ list: DeclaredOption<[String]>, _ configuration: Configuration) throws {
      option = list.name
      names = Set(try configuration.value(list))
      // A running build has the lines no more.
      places =
        configuration.isLoadedFromSites
        ? try configuration.wordPlaces(of: option).mapValues { "\($0.origin)" } : [:]
    }

    /// `SECTION:OPTION`, with the line of a name in front if that is known.
    func label(of name: String) -> String {
      (places[ExactName(name)].map { "\($0): " } ?? "") + "\(option)"
    }

    /// A sentence for each name that is not among those that there are.
    func unknown(
      among known: Set<String>, _ text: (_ name: String) -> String
    ) -> [FlatpakError.Problem] {
      names.subtracting(known).sorted().map { name in
        let nearest = NearestName.find(name, among: known.sorted())
        return FlatpakError.Problem(
          option: label(of: name),
          text: text(name) + (nearest.map { "; did you mean \($0)?" } ?? ""))
      }
    }
  }

  /// Flatpak's name of the architecture of the image.
  let arch: String
  /// The languages of which locale extensions are installed, such as `de` and `pt`, sorted.
  let languages: [String]
  /// The locales of the configuration, such as `pt_BR`.
  let locales: [String]
  /// The list of the locales.
  let localeNames: NameList
  /// Whether the installed system keeps them as its additional languages.
  let keepsLanguages: Bool
  let isPeerToPeerEnabled: Bool
  let keptApps: NameList
  /// How long a server may send no data; nil means no limit.
  let longestSilence: Duration?
  let remotes: [Remote]
  /// Why other remotes cannot be used.
  let failures: [FlatpakError]

  /// Reads the options, and the repository files and keys that they name.
  ///
  /// - Parameter fetch: returns the repository file of a remote, which is at a URL.
  /// - Throws: `ConfigurationError`, `LinuxError`; what `fetch` throws, except for `FlatpakError`.
  init(
    _ configuration: Configuration, _ paths: BuildPaths,
    fetch: @escaping @Sendable (_ url: String, _ remote: String) async throws -> [UInt8]
  ) async throws {
    let options = Options.flatpak
    let arch = try configuration.value(options.arch)
    self.arch = arch.isEmpty ? try configuration.value(Options.build.arch).flatpakName : arch
    let locales = try configuration.value(options.locales)
    self.locales = locales
    localeNames = try NameList(options.locales, configuration)
    languages = Self.languages(locales, of: (try? configuration.value("image", "language")) ?? "")
    keepsLanguages = try configuration.value(options.keepsLanguages)
    isPeerToPeerEnabled = try configuration.value(options.isPeerToPeerEnabled)
    keptApps = try NameList(options.keptApps, configuration)
    longestSilence = try configuration.value(Options.ostree.stallTimeout)
    (remotes, failures) = try await FlatpakError.gather(configuration.flatpakRemotes) { remote in
      try await Self.remote(remote, configuration, paths, fetch)
    }
  }

  /// The names that no transaction may install.
  var excluded: Set<String> { remotes.reduce(into: []) { $0.formUnion($1.excluded.names) } }

  /// The remote with a name.
  func remote(_ name: String) -> Remote? { remotes.first { $0.name == name } }

  /// Locale extensions have a directory for each language, with all its territories. English is the
  /// language of programs themselves.
  private static func languages(_ locales: [String], of systemLocale: String) -> [String] {
    let languages = (locales + [systemLocale, "en"]).map(language)
    return Set(languages).subtracting(["", "C", "POSIX"]).sorted()
  }

  /// The language of a locale.
  static func language(_ locale: String) -> String {
    String(locale.prefix { !"_-.@".contains($0) })
  }

  private static func remote(
    _ options: FlatpakRemoteOptions, _ configuration: Configuration, _ paths: BuildPaths,
    _ fetch: (String, String) async throws -> [UInt8]
  ) async throws -> Remote {
    func text(_ option: DeclaredOption<String>) throws -> String? {
      try configuration.valueIfSet(option).flatMap { $0.isEmpty ? nil : $0 }
    }
    var file: FlatpakRepositoryFile?
    if let source = try text(options.repositoryFile) {
      file = try await FlatpakRepositoryFile(source, of: options, fetch)
    }
    guard let url = try text(options.url) ?? file?.url else {
      throw FlatpakError.missingURL(options.header, file: try text(options.repositoryFile) ?? "")
    }
    let remote = FlatpakRemote(
      name: options.name, url: url, title: try text(options.title) ?? file?.title,
      defaultBranch: try text(options.defaultBranch) ?? file?.defaultBranch,
      priority: try configuration.valueIfSet(options.priority),
      isHidden: try configuration.valueIfSet(options.isHidden))
    let lists: [(FlatpakRef.Kind, DeclaredOption<[String]>)] = [
      (.app, options.apps), (.runtime, options.runtimes),
    ]
    let wanted = try lists.flatMap { kind, list in
      let names = try NameList(list, configuration)
      return try configuration.value(list).compactMap { word in
        FlatpakName(word).map { Wanted(kind: kind, name: $0, label: names.label(of: word)) }
      }
    }
    return Remote(
      options: options, remote: remote, deployedURL: try text(options.deployedURL) ?? url,
      keys: try keys(options, file, configuration, paths), wanted: wanted,
      excluded: try NameList(options.excluded, configuration),
      allowedExtraData: try NameList(options.allowedExtraData, configuration),
      allowsDowngrade: try configuration.valueIfSet(options.allowsDowngrade) ?? false,
      repositoryFile: file?.bytes)
  }

  /// The keys of the section, else that of the repository file, else those of OSTree trees.
  private static func keys(
    _ options: FlatpakRemoteOptions, _ file: FlatpakRepositoryFile?,
    _ configuration: Configuration, _ paths: BuildPaths
  ) throws -> [[UInt8]] {
    let files = try configuration.valueIfSet(options.trustedKeys) ?? []
    if files.isEmpty, let key = file?.key { return [key] }
    let named = files.isEmpty ? try configuration.value(Options.ostree.trustedKeys) : files
    let found = named.isEmpty ? paths.keyFiles : named.map { FilePath($0) }
    guard !found.isEmpty else { throw FlatpakError.missingKeys(options.header) }
    return try found.map(FileAccess.bytes)
  }
}

/// A file that describes a remote (flatpak-flatpakrepo(5)).
struct FlatpakRepositoryFile {
  private static let group = "Flatpak Repo"

  let bytes: [UInt8]
  let url: String?
  let title: String?
  let defaultBranch: String?
  let key: [UInt8]?

  /// - Parameter source: a path, or an http or https URL.
  /// - Throws: `FlatpakError.unusableRepositoryFile`; `LinuxError`; what `fetch` throws.
  init(
    _ source: String, of options: FlatpakRemoteOptions,
    _ fetch: (String, String) async throws -> [UInt8]
  ) async throws {
    if let path = FlatpakRemoteOptions.path(source) {
      bytes = try FileAccess.bytes(of: path)
    } else {
      bytes = try await fetch(source, options.name)
    }
    guard let file = KeyFile(text: String(decoding: bytes, as: UTF8.self)),
      file.string(Self.group, "Url") != nil
    else {
      throw FlatpakError.unusableRepositoryFile(
        source, options.header, reason: "it has no group [\(Self.group)] with a Url")
    }
    url = file.string(Self.group, "Url").flatMap(RepositoryURLSyntax.normalized)
    title = file.string(Self.group, "Title")
    defaultBranch = file.string(Self.group, "DefaultBranch")
    let text = file.string(Self.group, "GPGKey")
    key = text.flatMap { Data(base64Encoded: $0, options: .ignoreUnknownCharacters) }.map(
      Array.init)
    if text != nil, key == nil {
      throw FlatpakError.unusableRepositoryFile(
        source, options.header, reason: "its GPGKey is not base64")
    }
  }
}
