import SystemPackage

/// The settings of one variant: all files laid over each other, merged, ready to be asked.
public struct Configuration: Sendable {
  /// How much of the configuration is shown.
  public enum View: Sendable {
    /// The public layers alone, with secret values hidden.
    case `public`
    /// Everything, as hooks get it.
    case complete
  }

  /// Private values of fewer characters are not filtered from logs.
  public static let shortestFilteredValue = 6

  /// What is odd but stops no build.
  public internal(set) var warnings: [ConfigurationWarning] = []
  /// The files that were read, in order.
  public internal(set) var loadedFiles: [FilePath] = []

  let store: SettingStore
  /// Nil when the configuration was saved by an earlier process.
  let publicSettings: PublicSettings?
  let schema: Schema
  let merged: MergedOptions
  let attributeDirectories: [FilePath]
  let privateWords: [String]

  /// Whether names that nothing declares are errors.
  public var isClosed: Bool {
    schema.unknownNames?.policy == .error
  }

  /// The names of all sections in order.
  public var sections: [String] {
    store.sections.keys.map(\.text)
  }

  /// The names of a section's options, those of `[DEFAULT]` last; none when there is no section.
  public func options(in section: String) -> [String] {
    let name = ExactName(section)
    return store.contains(name) ? store.options(in: name).map(\.text) : []
  }

  /// Whether an option is set, if only to nothing.
  public func contains(_ section: String, _ option: String) -> Bool {
    store[Configuration.name(section, option)] != nil
  }

  /// Where an option was set; of a merged one, the last place that added or deleted something.
  public func origin(of section: String, _ option: String) -> Origin? {
    store[Configuration.name(section, option)]?.origin
  }

  /// The names that have a file in the folder of an attribute, sorted.
  public func knownNames(of attribute: Attribute) -> [String] {
    AttributeFiles.names(of: attribute, in: attributeDirectories)
  }

  static func name(_ section: String, _ option: String) -> OptionName {
    OptionName(
      section: ExactName(section), option: ExactName(PythonText.lowercased(option)))
  }

  func place(_ name: OptionName) -> OptionPlace {
    OptionPlace(
      section: name.section.text, option: name.option.text, origin: store[name]?.origin)
  }
}

/// The folders of attributes' files.
enum AttributeFiles {
  static func names(of attribute: Attribute, in directories: [FilePath]) -> [String] {
    let suffix = ".ini"
    let names = directories.flatMap { directory in
      TextFile.names(in: directory.appending(attribute.rawValue))
        .filter { $0.hasSuffix(suffix) && !$0.hasPrefix(".") }
        .map { ExactName(String($0.dropLast(suffix.count))) }
    }
    return Set(names).sorted().map(\.text)
  }
}
