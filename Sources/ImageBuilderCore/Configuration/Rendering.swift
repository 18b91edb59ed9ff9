extension Configuration {
  /// A section's name and its options in order.
  public typealias Section = (name: String, options: [(name: String, value: String)])

  /// The sections and options of a view.
  ///
  /// References as written come with `[DEFAULT]` as a section of its own; expanded values come
  /// with the options of `[DEFAULT]` in each section.
  public func contents(
    _ view: View, resolved: Bool
  ) throws(ConfigurationError) -> [Section] {
    switch view {
    case .complete:
      return try resolved ? expanded(store, interpolator) : written(store) { _ in false }
    case .public:
      guard let publicSettings else { throw .publicViewUnknown }
      let store = publicSettings.store
      return try resolved
        ? expanded(store, publicSettings.interpolator())
        : written(store) { publicSettings.hides($0) }
    }
  }

  /// The configuration as an INI file. With references as written, reading it gives the same
  /// configuration; expanded values lose blanks at the ends of lines.
  public func rendered(
    _ view: View, resolved: Bool
  ) throws(ConfigurationError) -> String {
    var text = ""
    for (section, options) in try contents(view, resolved: resolved) {
      text += text.isEmpty ? "" : "\n"
      text += "[\(section)]\n"
      for (option, value) in options {
        let value = resolved ? ReferenceText.escape(value) : value
        if !resolved, !INIText.readsBack(option: option, value) {
          let place = store[Configuration.name(section, option)]?.origin
          throw .cannotBeSaved(section: section, option: option, at: place)
        }
        text += INIText.line(option: option, value)
      }
    }
    return text
  }

  private func written(
    _ store: SettingStore, hiding hides: (OptionName) -> Bool
  ) -> [Section] {
    var sections = store.sections
    if !store.defaults.isEmpty {
      sections.updateValue(
        store.defaults, forKey: INIFile.defaultSection, insertingAt: 0)
    }
    return sections.map { section, options in
      (
        section.text,
        options.map { option, setting in
          let isHidden = hides(OptionName(section: section, option: option))
          return (option.text, isHidden ? Interpolator.hiddenText : setting.text)
        }
      )
    }
  }

  private func expanded(
    _ store: SettingStore, _ interpolator: Interpolator
  ) throws(ConfigurationError) -> [Section] {
    var sections: [Section] = []
    var errors: [ConfigurationError] = []
    for section in store.sections.keys {
      var options: [(name: String, value: String)] = []
      for option in store.options(in: section) {
        guard let setting = store[section, option] else { continue }
        let name = OptionName(section: section, option: option)
        do throws(ConfigurationError) {
          options.append((option.text, try interpolator.value(of: name, setting: setting).text))
        } catch {
          errors.append(error)
        }
      }
      sections.append((section.text, options))
    }
    if let error = ConfigurationError.combining(errors) {
      throw error
    }
    return sections
  }
}

/// How options are written into INI files.
enum INIText {
  /// An option's lines; further lines of its value are indented.
  static func line(option: String, _ value: String) -> String {
    let lines = value.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
    let first = lines.first.map { String($0) } ?? ""
    let rest = lines.dropFirst().map { $0.isEmpty ? "\n" : "\n\t" + String($0) }
    return "\(option) =\(first.isEmpty ? "" : " ")\(first)\(rest.joined())\n"
  }

  /// Whether reading the lines gives the option and the value again.
  static func readsBack(option: String, _ value: String) -> Bool {
    let lines = value.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
    let areLinesKept = lines.allSatisfy { line in
      PythonText.strip(line).count == line.count && !line.contains("\r")
    }
    let startsComment = lines.dropFirst().contains { $0.first == "#" || $0.first == ";" }
    let isHeader =
      option.unicodeScalars.first == "[" && lines.first?.contains("]") == true
    let endsInBlankLine = lines.count > 1 && lines.last?.isEmpty == true
    return areLinesKept && !startsComment && !isHeader && !endsInBlankLine
  }
}
