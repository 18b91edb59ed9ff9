import SystemPackage

extension Configuration {
  /// Checks every value: references, the schema's rules, attributes without a file, and names
  /// that collide in the environment where the schema says `unknown = error`.
  ///
  /// - Throws: `ConfigurationError`, with all findings at once.
  public func validate() throws(ConfigurationError) {
    var errors: [ConfigurationError] = []
    for name in complete.names {
      do throws(ConfigurationError) { _ = try expanded(name) } catch { errors.append(error) }
    }
    for rule in schema.rules {
      for section in sections(matching: rule) {
        errors += findings(rule, OptionName(section: section, option: rule.option))
      }
    }
    if schema.unknownNames?.policy == .error {
      errors += unknownAttributes() + collisions()
    }
    if let error = ConfigurationError.combining(errors) { throw error }
  }

  /// Names for which there are files, of one attribute.
  public func knownNames(of attribute: Attribute) -> [String] {
    let names = (sources?.attributeDirectories ?? []).flatMap { directory in
      TextFile.names(in: directory.appending(attribute.rawValue))
    }
    return Set(names.filter { $0.hasSuffix(".ini") }.map { String($0.dropLast(4)) }).sorted()
  }

  private func sections(matching rule: Schema.Rule) -> [ExactName] {
    if !Glob.isPattern(rule.sectionPattern) { return [ExactName(rule.sectionPattern)] }
    return complete.sections.keys.filter { Glob.matches($0.text, rule.sectionPattern) }
  }

  private func findings(_ rule: Schema.Rule, _ name: OptionName) -> [ConfigurationError] {
    // A value that cannot be expanded has been told already.
    let setting = complete[name]
    guard let result = setting == nil ? Interpolator.Result() : try? expanded(name) else {
      return []
    }
    func unacceptable(_ accepted: String, nearest: String? = nil) -> [ConfigurationError] {
      [
        .unacceptable(
          section: name.section.text, option: name.option.text,
          found: result.isPrivate ? nil : result.text, accepted: accepted, nearest: nearest,
          at: setting?.origin ?? rule.origin)
      ]
    }
    switch rule.kind {
    case .required:
      return result.text.isEmpty
        ? [.required(section: name.section.text, option: name.option.text, rule: rule.origin)] : []
    case .values(let accepted):
      if result.text.isEmpty || accepted.contains(result.text) { return [] }
      return unacceptable(
        accepted.joined(separator: ", "),
        nearest: NearestName.find(result.text, among: accepted))
    case .type(let type):
      let directory = sources?.sourceDirectory ?? "/"
      if result.text.isEmpty || type.accepts(result.text, relativeTo: directory) { return [] }
      return unacceptable(type.accepted)
    case .merged, .secret, .deprecated:
      return []
    }
  }

  /// What `buildroot:mounts` and deprecated options deserve.
  func ignoredOptions() -> [ConfigurationWarning] {
    var warnings: [ConfigurationWarning] = []
    if let mounts = complete["buildroot", "mounts"], !mounts.text.isEmpty {
      warnings.append(
        .ignoredOption(
          OptionPlace(section: "buildroot", option: "mounts", origin: mounts.origin),
          reason: "there is no build root; tools come from the host"))
    }
    for rule in schema.rules {
      guard case .deprecated(let use) = rule.kind else { continue }
      for section in sections(matching: rule) {
        guard let setting = complete[section, rule.option] else { continue }
        let place = OptionPlace(
          section: section.text, option: rule.option.text, origin: setting.origin)
        warnings.append(.deprecated(place, use: use))
      }
    }
    return warnings
  }

  /// Warnings for what `validate()` refuses in a closed configuration.
  func attributeWarnings() -> [ConfigurationWarning] {
    let policy = schema.unknownNames?.policy ?? .warn
    guard policy == .warn else { return [] }
    let attributes = unknownAttributes().compactMap { error -> ConfigurationWarning? in
      guard case .unknownAttribute(let attribute, let found, let known, let directory?) = error
      else { return nil }
      return .unknownAttribute(attribute, found: found, known: known, directory: directory)
    }
    let collided = collisions().compactMap { error -> ConfigurationWarning? in
      guard case .collision(let variable, let first, let second) = error else { return nil }
      return .collision(variable: variable, first, second)
    }
    return attributes + collided
  }

  private func unknownAttributes() -> [ConfigurationError] {
    guard let variant, let sources else { return [] }
    return variant.attributes.compactMap { attribute, value in
      let known = knownNames(of: attribute)
      let isGeneric = attribute == .arch || attribute == .platform && value == variant.arch
      guard !isGeneric, !known.isEmpty, !isDescribed(attribute, value) else { return nil }
      return .unknownAttribute(
        attribute, found: value, known: known,
        directory: sources.configDirectory.appending(attribute.rawValue))
    }
  }

  /// Whether a file of this attribute, alone or in a pair, was read for exactly this value.
  private func isDescribed(_ attribute: Attribute, _ value: String) -> Bool {
    loadedFiles.contains { file in
      let folder = file.removingLastComponent().lastComponent?.string ?? ""
      guard folder.split(separator: "-").contains(Substring(attribute.rawValue)) else {
        return false
      }
      let stem = file.stem ?? ""
      return stem == value || stem.hasPrefix("\(value)-") || stem.hasSuffix("-\(value)")
    }
  }

  private func collisions() -> [ConfigurationError] {
    var first: [String: OptionName] = [:]
    var errors: [ConfigurationError] = []
    for name in complete.names {
      let variable = Self.variable(name.section.text, name.option.text)
      if let other = first[variable] {
        errors.append(.collision(variable: variable, place(other), place(name)))
      } else {
        first[variable] = name
      }
    }
    return errors
  }

  private func place(_ name: OptionName) -> OptionPlace {
    OptionPlace(
      section: name.section.text, option: name.option.text, origin: complete[name]?.origin)
  }
}
