import Synchronization
import SystemPackage

/// The texts of hooks, helpers and modules. Each file is read once for all variants.
final class ScriptTexts: Sendable {
  private let cache = Mutex<[FilePath: ScriptText]>([:])
  private let variants = Mutex<[[FilePath]: VariantScripts]>([:])

  /// Returns the scripts of a variant with these hooks.
  func scripts(_ hooks: [FilePath], _ paths: BuildPaths) -> VariantScripts {
    let key = hooks + [paths.helpersDirectory, paths.hookLibrary]
    if let scripts = variants.withLock({ $0[key] }) { return scripts }
    let scripts = VariantScripts(hooks: hooks, paths, self)
    variants.withLock { $0[key] = scripts }
    return scripts
  }

  /// Returns the text of a script; an empty one if it cannot be read or is a binary file.
  func text(of path: FilePath) -> ScriptText {
    if let text = cache.withLock({ $0[path] }) { return text }
    let bytes = (try? TextFile.bytes(of: path)) ?? []
    let contents = HookForm.isBinary(bytes) ? "" : String(decoding: bytes, as: UTF8.self)
    let firstLine = contents.prefix { !$0.isNewline }
    let isPython =
      path.extension == "py" || firstLine.hasPrefix("#!") && firstLine.contains("python")
    let text = ScriptText(contents, isPython: isPython)
    cache.withLock { $0[path] = text }
    return text
  }
}

/// The scripts of a variant: its hooks, and the helpers, libraries and modules that they use.
struct VariantScripts: Sendable {
  let hooks: [FilePath]
  /// The used files below `helpers` and `lib`.
  let shared: [FilePath]
  /// The scripts of all variants.
  private let ofSite: [FilePath]
  private let texts: ScriptTexts

  init(hooks: [FilePath], _ paths: BuildPaths, _ texts: ScriptTexts) {
    self.hooks = hooks
    self.texts = texts
    let candidates = Self.candidates(paths)
    ofSite = HookFiles.all(paths) + candidates.map(\.path)
    let always = [paths.hookLibrary, paths.sourceDirectory.appending("buildscript")]
    var used = always.filter(TextFile.exists)
    var callers = hooks + used
    while !callers.isEmpty {
      let known = Set(used)
      let calls = callers.map { ($0.removingLastComponent(), texts.text(of: $0)) }
      let found = candidates.filter { candidate in
        !known.contains(candidate.path) && calls.contains { candidate.isUsed(by: $0.1, in: $0.0) }
      }
      callers = found.map(\.path)
      used += callers
    }
    shared = used
  }

  /// Finds the scripts of a configuration with the hooks that the options `hooks` of all sections
  /// name.
  ///
  /// - Throws: `ConfigurationError` for a list or a path that cannot be expanded.
  init(of configuration: Configuration) throws(ConfigurationError) {
    let paths = try BuildPaths(configuration)
    var hooks: [FilePath] = []
    for section in HookFiles.sections(of: configuration) {
      hooks += try HookFiles(section: section, paths).hooks(of: configuration).found.map(\.path)
    }
    self.init(hooks: hooks, paths, ScriptTexts())
  }

  /// The hooks and the shared files, with their texts.
  var all: [(path: FilePath, text: ScriptText)] {
    (hooks + shared).map { ($0, texts.text(of: $0)) }
  }

  /// Returns whether a script of any variant names a variable, or one with that beginning.
  func siteNames(_ variable: String, isBeginning: Bool = false) -> Bool {
    ofSite.contains {
      let text = texts.text(of: $0)
      return text.line(reading: variable) != nil
        || isBeginning && text.mentions.keys.contains { $0.hasPrefix(variable) }
    }
  }

  /// The files below `helpers` and `lib`, except hidden files and compiled modules.
  private static func candidates(_ paths: BuildPaths) -> [SharedScript] {
    let roots = [paths.sourceDirectory] + paths.localDirectories
    let directories =
      [paths.helpersDirectory] + roots.flatMap { [$0.appending("helpers"), $0.appending("lib")] }
    var seen: Set<FilePath> = []
    return directories.filter { seen.insert($0).inserted }.flatMap { directory in
      Directories.files(below: directory).map { SharedScript(directory, $0) }
    }.filter { $0.path.lastComponent?.string.hasPrefix(".") == false && $0.path.extension != "pyc" }
  }
}

/// A file below `helpers` or `lib`.
private struct SharedScript {
  let path: FilePath
  private let directory: FilePath
  private let relativePath: String
  private let name: String
  /// The name by which Python imports it; nil for other files.
  private let module: String?

  init(_ directory: FilePath, _ relativePath: String) {
    path = directory.pushing(FilePath(relativePath))
    self.directory = path.removingLastComponent()
    self.relativePath = relativePath
    name = path.lastComponent?.string ?? ""
    module = name.hasSuffix(".py") ? String(name.dropLast(3)) : nil
  }

  /// Returns whether a script imports the file, or names its path below `helpers` or `lib`. A
  /// script beside the file need not name more than the last directory.
  ///
  /// - Parameter callers: the directory of the script.
  func isUsed(by text: ScriptText, in callers: FilePath) -> Bool {
    if let module, text.modules.contains(module) { return true }
    return text.quotedWords[relativePath] != nil && text.mentions["EIB_HELPERSDIR"] != nil
      || text.paths.contains {
        $0 == relativePath || $0.hasSuffix("/\(relativePath)")
          || $0.hasSuffix("/\(name)") && callers == directory
      }
  }
}
