import SystemPackage

/// A file of profiles, as AWS's tools write it. They read it with Python's `configparser`.
package enum ProfileFile {
  /// Returns the options of a profile; nil if there is no such profile.
  ///
  /// - Throws: `ConfigurationError` if the file cannot be read.
  package static func options(
    of profile: String, in file: FilePath
  ) throws(ConfigurationError) -> [String: String]? {
    let section = try INIFile(path: file)[ExactName(profile)]
    guard let section else { return nil }
    return Dictionary(uniqueKeysWithValues: section.map { ($0.key.text, $0.value.text) })
  }
}
