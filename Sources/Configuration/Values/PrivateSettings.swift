import Glibc
import SystemPackage

/// A private file on disk.
enum PrivateFile {
  /// A warning when others than the owner have access.
  static func warnings(_ path: FilePath) -> [ConfigurationWarning] {
    var status = stat()
    guard stat(path.string, &status) == 0, status.st_mode & 0o077 != 0 else { return [] }
    return [.readablePrivateFile(path, FilePermissions(rawValue: status.st_mode & 0o7777))]
  }
}

extension Configuration {
  /// A warning for each option of a private file that is too short to be filtered.
  func shortPrivateValues() -> [ConfigurationWarning] {
    var told: Set<Origin> = []
    return complete.names.compactMap { name in
      guard let setting = complete[name], setting.isPrivate, !setting.isMerged,
        // A value that cannot be expanded is told by `validate()`.
        let text = try? expanded(name).text, !text.isEmpty,
        text.unicodeScalars.count < Self.shortestFilteredValue,
        told.insert(setting.origin).inserted
      else { return nil }
      return .shortPrivateValue(
        OptionPlace(
          section: name.section.text, option: name.option.text, origin: setting.origin))
    }
  }

  /// The saved configuration of a build with the settings private that its public file does not
  /// have, or not in this way. Lists of which a part is private count as a whole.
  ///
  /// - Parameter file: what `rendered(.public)` gave.
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
      complete: store, publicOnly: publicOnly, beginning: beginning, layers: layers,
      mergedWords: mergedWords, merged: merged, schema: schema, sources: sources, variant: variant,
      findings: findings)
  }
}
