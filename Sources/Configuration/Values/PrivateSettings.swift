import Glibc
import SystemPackage

/// Checks of private files.
enum PrivateFile {
  /// Returns a warning if others than the owner have access to a file.
  static func warnings(_ path: FilePath) -> [ConfigurationWarning] {
    var status = stat()
    guard stat(path.string, &status) == 0, status.st_mode & 0o077 != 0 else { return [] }
    return [.readablePrivateFile(path, FilePermissions(rawValue: status.st_mode & 0o7777))]
  }
}

extension Configuration {
  /// Returns a warning for each private value that is too short to be removed from logs.
  func shortPrivateValues() -> [ConfigurationWarning] {
    var told: Set<Origin> = []
    return complete.names.compactMap { name in
      guard let setting = complete[name], setting.isPrivate, !setting.isMerged,
        // `validate()` reports values that cannot be expanded.
        let text = try? expanded(name).text, !text.isEmpty,
        text.unicodeScalars.count < Self.shortestFilteredValue,
        told.insert(setting.origin).inserted
      else { return nil }
      return .shortPrivateValue(
        OptionPlace(
          section: name.section.text, option: name.option.text, origin: setting.origin))
    }
  }

  /// Returns a saved configuration in which those settings are private that the public file does
  /// not contain, or contains with a different text. A merged list with a private word is private
  /// as a whole. The public file becomes the public view.
  ///
  /// - Parameter file: the file that was saved with `rendered(.public, resolved: false)`.
  package func markingPrivate(besides file: FilePath) throws(ConfigurationError) -> Configuration {
    let known = try Self.load(saved: file).complete
    var store = complete
    for section in [INIFile.defaultSection] + Array(store.sections.keys) {
      let own =
        (section == INIFile.defaultSection ? store.defaults : store.sections[section]) ?? [:]
      for (option, setting) in own {
        let isKnown = known[section, option]?.text.utf8.elementsEqual(setting.text.utf8) ?? false
        guard !isKnown else { continue }
        var setting = setting
        setting.isPrivate = true
        store.set(section, option, setting)
      }
    }
    return Configuration(
      complete: store, publicOnly: known, beginning: beginning, layers: layers,
      mergedWords: mergedWords, merged: merged, schema: schema, sources: sources, variant: variant,
      site: site)
  }
}
