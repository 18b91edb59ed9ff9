import SystemPackage

extension Configuration {
  /// Checks every value and every rule of the schema, and tells all that is wrong.
  public func validate() throws(ConfigurationError) {
    var errors: [ConfigurationError] = []
    do throws(ConfigurationError) {
      _ = try environment()
    } catch {
      errors.append(error)
    }
    if publicSettings != nil {
      do throws(ConfigurationError) {
        _ = try contents(.public, resolved: true)
      } catch {
        errors.append(error)
      }
    }
    errors += schema.rules.flatMap(violations)
    if isClosed {
      errors += collisions().map { .collision(variable: $0.variable, $0.first, $0.second) }
    }
    if let error = ConfigurationError.combining(errors) {
      throw error
    }
  }

  /// What `load` warns of besides files, attributes and schema lines.
  func optionWarnings() -> [ConfigurationWarning] {
    var found: [ConfigurationWarning] = []
    if !isClosed {
      found += collisions().map { .collision(variable: $0.variable, $0.first, $0.second) }
    }
    let mounts = Configuration.name("buildroot", "mounts")
    if let setting = store[mounts], !setting.text.isEmpty {
      found.append(
        .ignoredOption(place(mounts), reason: "tools come from the host, not from a build root"))
    }
    for rule in schema.rules {
      guard case .deprecated(let replacement) = rule.kind else { continue }
      found += names(for: rule).filter { store[$0] != nil }.map {
        .deprecated(place($0), use: replacement)
      }
    }
    return found
  }

  private func violations(of rule: Schema.Rule) -> [ConfigurationError] {
    names(for: rule).compactMap { name in
      let result = try? resolved(name)
      switch rule.kind {
      case .required:
        guard store[name]?.text.isEmpty ?? true else { return nil }
        return .required(
          section: name.section.text, option: name.option.text, rule: rule.origin)
      case .values(let accepted):
        guard let result, !result.text.isEmpty,
          !accepted.contains(where: { ExactName($0) == ExactName(result.text) })
        else { return nil }
        return unacceptable(
          name, result, accepted: accepted.joined(separator: ", "),
          nearest: NearestName.find(result.text, among: accepted))
      case .type(let type):
        guard let result, !result.text.isEmpty,
          !type.accepts(result.text, relativeTo: sourceDirectory)
        else { return nil }
        return unacceptable(name, result, accepted: type.accepted)
      case .merged, .secret, .deprecated:
        return nil
      }
    }
  }

  /// The options that a rule is about; a section that is no pattern need not exist.
  private func names(for rule: Schema.Rule) -> [OptionName] {
    var sections = store.sections.keys.filter { Glob.matches($0.text, rule.sectionPattern) }
    if sections.isEmpty, !Glob.isPattern(rule.sectionPattern) {
      sections = [ExactName(rule.sectionPattern)]
    }
    return sections.map { OptionName(section: $0, option: rule.option) }
  }

  private var sourceDirectory: FilePath {
    (try? path("build", "srcdir")) ?? "/"
  }
}
