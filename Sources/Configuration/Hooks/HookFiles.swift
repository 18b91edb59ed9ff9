import Glibc
import SystemPackage

/// The hook files that the option `hooks` of a section names. Sections that are not a hook group of
/// the builder can have hooks too; other hooks run these.
package struct HookFiles: Sendable {
  /// Hooks of EIB that have another name here. They are used if the site has no file of EIB's name.
  private static let namesHere = ["50-flatpak.chroot": "50-flatpak"]

  private let section: ExactName
  private var option: OptionName { OptionName(section: section, option: "hooks") }
  /// The hook directories. Each has a subdirectory for the section. The first directory that has a
  /// hook is used.
  private let directories: [FilePath]
  /// The subdirectories.
  private let folders: [FilePath]

  /// Uses the directories of a build, and EIB_HOOKSDIR of this process if it is set.
  package init(section: String, _ paths: BuildPaths) {
    self.section = ExactName(section)
    directories = Self.directories(paths)
    folders = directories.map { $0.appending(section) }
  }

  private static func directories(_ paths: BuildPaths) -> [FilePath] {
    paths.hookDirectories(replacing: BuildVariable.hookDirectory.value.map { FilePath($0) })
  }

  /// Returns the files of all hooks, also of those that no option names.
  static func all(_ paths: BuildPaths) -> [FilePath] {
    directories(paths).flatMap { directory in
      Directories.files(below: directory).map { directory.pushing(FilePath($0)) }
    }
  }

  /// Returns the sections that have an option `hooks`.
  static func sections(of configuration: Configuration) -> [String] {
    configuration.complete.sections.keys.filter {
      configuration.isSet(OptionName(section: $0, option: "hooks"))
    }.map(\.text)
  }

  /// A hook that was found. `header` is nil if the hook has no valid one.
  package struct File {
    package let name: String
    package let path: FilePath
    package let header: HookHeader?
  }

  /// Returns the hooks, sorted by bytes, and the problems: hooks without a file, and hooks with an
  /// invalid `hook-timeout` comment.
  ///
  /// - Throws: `ConfigurationError` for a list that cannot be expanded.
  package func hooks(
    of configuration: Configuration
  ) throws(ConfigurationError) -> (
    found: [File], problems: [ConfigurationError]
  ) {
    let (places, missing) = try places(of: configuration)
    var problems = missing
    var found: [File] = []
    for (name, path) in places {
      var header: HookHeader?
      do { header = try HookHeader(of: path) } catch { problems.append(error) }
      found.append(File(name: name, path: path, header: header))
    }
    return (found, problems)
  }

  /// Returns the names and paths of the hooks, sorted by bytes, and the problems: hooks without a
  /// file. No hook is read.
  ///
  /// - Throws: `ConfigurationError` for a list that cannot be expanded.
  package func places(
    of configuration: Configuration
  ) throws(ConfigurationError) -> (
    found: [(name: String, path: FilePath)], problems: [ConfigurationError]
  ) {
    var found: [(name: String, path: FilePath)] = []
    var problems: [ConfigurationError] = []
    let places = try configuration.wordPlaces(of: option)
    for (word, place) in places.sorted(by: { $0.key < $1.key }) {
      let name = nameHere(word.text)
      if let path = path(of: name) {
        found.append((name, path))
      } else {
        problems.append(
          .missingHook(
            section: section.text, name: place.isPrivate ? Interpolator.hiddenText : name,
            lookedIn: directories, nearest: place.isPrivate ? nil : nearest(to: name),
            at: place.origin))
      }
    }
    return (found, problems)
  }

  private func nearest(to name: String) -> String? {
    NearestName.find(
      name, among: folders.flatMap { Directories.names(in: $0) }.filter { $0 != name })
  }

  private func nameHere(_ name: String) -> String {
    guard let other = Self.namesHere[name], path(of: name) == nil, path(of: other) != nil else {
      return name
    }
    return other
  }

  private func path(of name: String) -> FilePath? {
    guard !name.utf8.contains(UInt8(ascii: "/")) else { return nil }
    return folders.map { $0.appending(name) }.first { FileKind(following: $0) == .regular }
  }
}
