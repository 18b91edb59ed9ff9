/// What the files of all variants say about names.
struct SiteNames: Sendable {
  /// The names that are declared.
  var known = KnownNames(Schema(), MergedOptions(), programNames: Options.names)
  /// The words that any file adds to a merged option. Only in an open configuration.
  var addedWords: Set<ExactName> = []
  /// Problems that do not depend on a variant: in the schema, and files that are never read.
  var findings: [ConfigurationError] = []

  init() {}

  /// Reads the files that the schema asks for.
  init(_ schema: Schema, _ merged: MergedOptions, _ sources: ConfigurationSources) {
    known = KnownNames(schema, merged, programNames: Options.names)
    guard schema.unknownNames != .allow else { return }
    let defaultsFiles = sources.attributeDirectories.compactMap {
      try? INIFile(path: $0.appending("defaults.ini"))
    }
    let stray = StrayFiles(sources, isOpen: schema.unknownNames == .warn).findings
    if schema.unknownNames == .error {
      let names = UnsetSchemaNames(schema, sources, defaultsFiles: defaultsFiles)
      findings = schema.findings + names.findings + stray
    } else {
      known.insertInherited()
      for file in defaultsFiles { known.insert(file) }
      findings = schema.findings + stray
      addedWords = Self.addedWords(in: sources.allFiles(), merged)
    }
  }

  private static func addedWords(
    in files: [INIFile], _ merged: MergedOptions
  ) -> Set<ExactName> {
    let lists = merged.optionsAnywhere.map(\.option)
    let added = files.flatMap(\.sections.values).flatMap { options in
      options.filter { option, _ in
        lists.contains { MergedPart(option, of: $0) == .addition }
      }.values
    }
    return Set(added.flatMap { PythonText.words($0.text) }.map { ExactName($0) })
  }
}
