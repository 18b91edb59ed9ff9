import Glibc
import SystemPackage

/// The files that a section's `hooks` option names. Sections that are no group of the builder's
/// have hooks too, which other hooks run.
package struct HookFiles: Sendable {
  private let section: ExactName
  private var option: OptionName { OptionName(section: section, option: "hooks") }
  /// The directories of hooks, each with a folder for the section; the first that has a hook wins.
  private let directories: [FilePath]

  package init(section: String, _ paths: BuildPaths) {
    self.section = ExactName(section)
    directories = paths.hookDirectories(
      replacing: BuildVariable.hookDirectory.value.map { FilePath($0) })
  }

  /// The sections that have hooks.
  static func sections(of configuration: Configuration) -> [String] {
    configuration.complete.sections.keys.filter {
      configuration.isSet(OptionName(section: $0, option: "hooks"))
    }.map(\.text)
  }

  package struct File {
    package let name: String
    package let path: FilePath
    package let header: HookHeader?
  }

  /// The hooks, sorted by bytes, and what is to be told of those that are nowhere or begin with a
  /// line that means nothing.
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
    return folders.map { $0.appending(name) }.first { path in
      var status = stat()
      return stat(path.string, &status) == 0 && FileKind(status.st_mode) == .regular
    }
  }
}
