extension Configuration {
  /// What `--explain` may be asked for: every section, and every option as `SECTION:OPTION`.
  package var namesToExplain: [String] {
    complete.sections.keys.map(\.text)
      + complete.names.map { "\($0.section.text):\($0.option.text)" }
  }
}
