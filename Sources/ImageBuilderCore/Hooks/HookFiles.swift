import Glibc
import SystemPackage

/// The files that a section's `hooks` option names. Sections that are no group of the builder's
/// have hooks too, which other hooks run.
struct HookFiles: Sendable {
  private static let option = "hooks"

  let section: String
  /// The directories of hooks, each with a folder for the section; the first that has a hook wins.
  private let directories: [FilePath]

  init(section: String, _ paths: BuildPaths) {
    self.section = section
    directories = paths.hookDirectories(
      replacing: getenv("EIB_HOOKSDIR").map { FilePath(platformString: $0) })
  }

  /// The sections that have hooks.
  static func sections(of configuration: Configuration) -> [String] {
    configuration.complete.sections.keys.map(\.text).filter { configuration.has($0, option) }
  }

  struct File {
    let name: String
    let path: FilePath
    let header: HookHeader?
  }

  /// The hooks, sorted by bytes, and what is to be told of those that are nowhere or begin with a
  /// line that means nothing.
  ///
  /// - Throws: `ConfigurationError` for a list that cannot be expanded.
  func hooks(
    of configuration: Configuration
  ) throws(ConfigurationError) -> (
    found: [File], problems: [ConfigurationError]
  ) {
    guard configuration.has(section, Self.option) else { return ([], []) }
    var found: [File] = []
    var problems: [ConfigurationError] = []
    let places = try configuration.wordPlaces(section, Self.option)
    for (name, place) in places.sorted(by: { $0.key < $1.key }) {
      if let path = path(of: name.text) {
        var header: HookHeader?
        do { header = try HookHeader(of: path) } catch { problems.append(error) }
        found.append(File(name: name.text, path: path, header: header))
      } else {
        problems.append(
          .missingHook(
            section: section, name: place.isPrivate ? Interpolator.hiddenText : name.text,
            lookedIn: directories, nearest: place.isPrivate ? nil : nearest(to: name.text),
            at: place.origin))
      }
    }
    return (found, problems)
  }

  private func nearest(to name: String) -> String? {
    NearestName.find(name, among: folders.flatMap { TextFile.names(in: $0) }.filter { $0 != name })
  }

  private var folders: [FilePath] { directories.map { $0.appending(section) } }

  private func path(of name: String) -> FilePath? {
    guard !name.utf8.contains(UInt8(ascii: "/")) else { return nil }
    return folders.map { $0.appending(name) }.first { path in
      var status = stat()
      return stat(path.string, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }
  }
}
