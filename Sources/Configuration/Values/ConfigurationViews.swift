import SystemPackage

/// The configuration as text and as the environment of hooks.
extension Configuration {
  /// Returns the merged configuration as an INI file. Unless `resolved` is set, this program and
  /// Python's configparser read the same settings from it.
  ///
  /// - Parameter resolved: whether references are expanded.
  /// - Throws: `ConfigurationError`: `cannotBeSaved` for a value that would be read back
  ///   differently, `publicViewUnavailable`, and with `resolved` the errors of references.
  package func rendered(_ view: View, resolved: Bool) throws(ConfigurationError) -> String {
    var text = ""
    for (section, options) in try settings(view, resolved: resolved) {
      text += "[\(section)]\n"
      for (option, value) in options {
        let line = line(option, value)
        guard resolved || readsBack(line, option, value) else {
          throw .cannotBeSaved(section: section, option: option, at: origin(of: section, option))
        }
        text += line
      }
      text += "\n"
    }
    return text
  }

  /// Returns the public configuration of a build for publishing. It does not contain the options
  /// that can differ between builds of the same image: the directories of the builder, and
  /// `dry_run`.
  ///
  /// - Parameter file: the public configuration that the build saved.
  package static func published(from file: FilePath) throws(ConfigurationError) -> String {
    let runOptions = Options.build.options.filter { $0.effect == .onRun }.map(\.name.option)
    return try load(saved: file, without: Set(runOptions)).rendered(.complete, resolved: false)
  }

  /// Returns the merged configuration as an INI file or as a JSON object of sections.
  package func text(_ view: View, resolved: Bool, asJSON: Bool) throws -> String {
    guard asJSON else { return try rendered(view, resolved: resolved) }
    var sections: [String: JSONValue] = [:]
    for (section, options) in try settings(view, resolved: resolved) {
      sections[section] = .object(
        Dictionary(options.map { ($0.name, .string($0.value)) }) { $1 })
    }
    return try JSONValue.object(sections).text()
  }

  /// Returns the environment variables of hooks, in the order of the settings. The variable of an
  /// option is `EIB_SECTION_OPTION`, or `EIB_OPTION` in the section `build`. If two options have
  /// the same variable, the last one is used.
  ///
  /// - Throws: `ConfigurationError` for a value that cannot be expanded or contains a NUL
  ///   character.
  package func environment(
    _ view: View = .complete
  ) throws(ConfigurationError) -> [(name: String, value: String)] {
    var variables: [(name: String, value: String)] = []
    var positions: [String: Int] = [:]
    for (section, options) in try settings(view, resolved: true)
    where section != INIFile.defaultSection.text {
      for (option, value) in options {
        try refuseNulCharacter(in: value, section, option)
        let name = Self.variable(section, option)
        let normalized = ["true", "false"].first { PythonText.lowercased(value) == $0 }
        if let position = positions[name] {
          variables[position].value = normalized ?? value
        } else {
          positions[name] = variables.count
          variables.append((name, normalized ?? value))
        }
      }
    }
    return variables
  }

  /// The names of the environment variables of hooks.
  var variableNames: Set<String> {
    Set(complete.names.map { Self.variable($0.section.text, $0.option.text) })
  }

  /// The names of the environment variables of options that a public file or the program sets.
  var publicVariableNames: Set<String> {
    Set((publicOnly ?? complete).names.map { Self.variable($0.section.text, $0.option.text) })
  }

  /// Throws an error if a value contains a NUL character, which an environment variable cannot.
  func refuseNulCharacter(
    in value: String, _ section: String, _ option: String
  ) throws(ConfigurationError) {
    guard value.utf8.contains(0) else { return }
    throw .nulCharacter(
      section: section, option: option, at: origin(of: section, option) ?? .program)
  }

  /// Returns the environment of hooks as one shell assignment per line, or as a JSON object.
  package func environmentText(_ view: View, asJSON: Bool) throws -> String {
    let variables = try environment(view)
    if asJSON {
      return try JSONValue.object(
        Dictionary(variables.map { ($0.name, .string($0.value)) }) { $1 }
      ).text()
    }
    return variables.map { "\($0.name)=\(shellQuoted($0.value))\n" }.joined()
  }

  /// Returns the name of an option's environment variable. Letters are converted to upper case like
  /// by Python's `str.upper`, and characters that a variable name cannot contain become
  /// underscores.
  static func variable(_ section: String, _ option: String) -> String {
    var name = Array("EIB_".utf8)
    if section != "build" {
      append(section, to: &name)
      name.append(UInt8(ascii: "_"))
    }
    append(option, to: &name)
    return String(decoding: name, as: UTF8.self)
  }

  private static func append(_ text: String, to name: inout [UInt8]) {
    for scalar in text.unicodeScalars {
      switch scalar {
      case "a"..."z": name.append(UInt8(scalar.value - 32))
      case "A"..."Z", "0"..."9": name.append(UInt8(scalar.value))
      case _ where scalar.isASCII: name.append(UInt8(ascii: "_"))
      default:
        for scalar in scalar.properties.uppercaseMapping.unicodeScalars {
          let isLetter = ("A"..."Z").contains(scalar)
          name.append(isLetter ? UInt8(scalar.value) : UInt8(ascii: "_"))
        }
      }
    }
  }

  private typealias NamedValues = [(name: String, value: String)]

  private func settings(
    _ view: View, resolved: Bool
  ) throws(ConfigurationError) -> [(section: String, options: NamedValues)] {
    guard let store = view == .complete ? complete : publicOnly else {
      throw .publicViewUnavailable
    }
    let interpolator = Interpolator(
      store: store, hides: hides(in: view, store), isSecret: schema.isSecret)
    let sections =
      (resolved || store.defaults.isEmpty ? [] : [INIFile.defaultSection])
      + Array(store.sections.keys)
    var result: [(section: String, options: NamedValues)] = []
    for section in sections {
      var options: NamedValues = []
      let own =
        section == INIFile.defaultSection
        ? store.defaults : (store.sections[section] ?? [:])
      for option in resolved ? store.options(in: section) : Array(own.keys) {
        let name = OptionName(section: section, option: option)
        guard let setting = store[name] else { continue }
        let hidden = interpolator.hides(name) ? Interpolator.hiddenText : nil
        let value =
          resolved
          ? try interpolator.value(of: name, setting: setting).text : hidden ?? setting.text
        options.append((option.text, value))
      }
      result.append((section.text, options))
    }
    return result
  }

  func hides(in view: View, _ store: SettingStore) -> (OptionName) -> Bool {
    guard view == .public else { return { _ in false } }
    let (complete, schema, isLoadedFromSites) = (complete, schema, isLoadedFromSites)
    return { name in
      // A default of the program is no secret, and the text of a saved public view is what it shows.
      (isLoadedFromSites && schema.isSecret(name) && store[name]?.origin != .builtIn)
        || (store[name] == nil && complete[name] != nil)
    }
  }

  private func line(_ option: String, _ value: String) -> String {
    let text = value.split(separator: "\n", omittingEmptySubsequences: false)
      .joined(separator: "\n\t")
    return text.isEmpty ? "\(option) =\n" : "\(option) = \(text)\n"
  }

  private func readsBack(_ line: String, _ option: String, _ value: String) -> Bool {
    let options = (try? INIFile(path: "", text: "[s]\n\(line)"))?.sections["s"] ?? [:]
    let text = options[ExactName(option)]?.text
    return options.count == 1 && text.map { ExactName($0) } == ExactName(value)
  }
}
