import Glibc
import SystemPackage

/// The hook files that the option `hooks` of a section names. Sections that are not a hook group of
/// the builder can have hooks too; other hooks run these.
package struct HookFiles: Sendable {
  private let section: ExactName
  private var option: OptionName { OptionName(section: section, option: "hooks") }
  /// The hook directories. Each has a subdirectory for the section. The first directory that has a
  /// hook is used.
  private let directories: [FilePath]

  /// Uses the directories of a build, and EIB_HOOKSDIR of this process if it is set.
  package init(section: String, _ paths: BuildPaths) {
    self.section = ExactName(section)
    directories = Self.directories(paths)
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
    var found: [File] = []
    var problems: [ConfigurationError] = []
    let places = try configuration.wordPlaces(of: option)
    for (name, place) in places.sorted(by: { $0.key < $1.key }) {
      if let path = path(of: name.text) {
        var header: HookHeader?
        do { header = try HookHeader(of: path) } catch { problems.append(error) }
        found.append(File(name: name.text, path: path, header: header))
      } else {
        problems.append(
          .missingHook(
            section: section.text, name: place.isPrivate ? Interpolator.hiddenText : name.text,
            lookedIn: directories, nearest: place.isPrivate ? nil : nearest(to: name.text),
            at: place.origin))
      }
    }
    return (found, problems)
  }

  private func nearest(to name: String) -> String? {
    NearestName.find(
      name, among: folders.flatMap { Directories.names(in: $0) }.filter { $0 != name })
  }

  private var folders: [FilePath] { directories.map { $0.appending(section.text) } }

  private func path(of name: String) -> FilePath? {
    guard !name.utf8.contains(UInt8(ascii: "/")) else { return nil }
    return folders.map { $0.appending(name) }.first { FileKind(following: $0) == .regular }
  }
}
