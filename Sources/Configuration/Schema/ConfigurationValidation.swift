import SystemPackage

extension Configuration {
  /// Checks that all references can be expanded, that no value contains a NUL character, and that
  /// all values conform to the schema. With `unknown = error` in the schema, also checks all names.
  ///
  /// - Throws: `ConfigurationError`, with all findings.
  package func validate() throws(ConfigurationError) {
    var errors =
      schema.errors + refusedNames + unusableBoard + signingConflicts + imageConflicts
      + unusableRemoteTLS + flatpakProblems + publicInputsKey
    let interpolator = interpolator
    var values: [OptionName: Interpolator.Result] = [:]
    for name in complete.names {
      guard let setting = complete[name] else { continue }
      do throws(ConfigurationError) {
        let value = try interpolator.value(of: name, setting: setting)
        try refuseNulCharacter(in: value.text, name.section.text, name.option.text)
        values[name] = value
      } catch {
        errors.append(error)
      }
    }
    for rule in schema.rules {
      for section in sections(matching: rule) {
        let name = OptionName(section: section, option: rule.option)
        let setting = complete[name]
        // The error of a value that cannot be expanded is in the list already.
        guard let value = setting == nil ? Interpolator.Result() : values[name] else { continue }
        errors += findings(rule, name, setting, value)
      }
    }
    errors += declaredOptionErrors(values, besides: errors)
    errors += environmentErrors(values)
    if let error = ConfigurationError.combining(errors.map(privateNames.hiding)) { throw error }
  }

  /// The platform, if its images would not boot.
  private var unusableBoard: [ConfigurationError] {
    guard let arch = try? value(Options.build.arch),
      let platform = try? value(Options.build.platform)
    else { return [] }
    if let board = Board.named(platform), board.arch != arch {
      return [
        unusable(
          Options.build.platform.name,
          "is \(platform), a board of the architecture \(board.arch.rawValue), but build:arch is "
            + "\(arch.rawValue); build with --arch \(board.arch.rawValue)")
      ]
    }
    guard arch == .arm64, Board.unsupported.contains(platform) else { return [] }
    let known = Board.all.map(\.name).joined(separator: ", ")
    return [
      unusable(
        Options.build.platform.name,
        "is \(platform), a board whose boot code this program cannot install, so that the image "
          + "would not boot; the boards are \(known), and --platform arm64 is for machines with UEFI "
          + "firmware of their own")
    ]
  }

  /// The key of digests of private settings, if a public file sets it.
  private var publicInputsKey: [ConfigurationError] {
    let name = Options.fleet.inputsKey.name
    guard let setting = publicOnly?[name], setting.origin.file != nil, !setting.text.isEmpty else {
      return []
    }
    return [
      .unusable(
        section: name.section.text, option: name.option.text,
        problem:
          "is set in a public file; a key with which private settings could be guessed belongs "
          + "in private.ini", at: setting.origin)
    ]
  }

  /// The options of signing that contradict each other, or that need another one.
  private var signingConflicts: [ConfigurationError] {
    let (command, key) = (Options.image.signingCommand.name, Options.image.signingKeyID.name)
    let keys = Options.image.signingPublicKeys.name
    // `validate()` reports values that cannot be expanded.
    func text(_ name: OptionName) -> String { (try? expanded(name).text) ?? "" }
    guard !text(command).isEmpty else { return [] }
    var errors: [ConfigurationError] = []
    if !text(key).isEmpty {
      let place = complete[key].map { " (\($0.origin))" } ?? ""
      errors.append(
        unusable(
          command,
          "is set beside \(key)\(place), and only one of them can sign: empty the other one"))
    }
    if PythonText.words(text(keys)).isEmpty {
      errors.append(
        unusable(
          command,
          "is set, but \(keys) is empty, so that nothing could verify what it signs: list the files "
            + "with the public keys of the signing service"))
    }
    return errors
  }

  /// The values that a build would refuse when it reads them, and that no rule has refused. Empty
  /// values may belong to what the build does not do.
  private func declaredOptionErrors(
    _ values: [OptionName: Interpolator.Result], besides told: [ConfigurationError]
  ) -> [ConfigurationError] {
    let refused = Set(told.compactMap(\.option))
    let declared = Options.all + flatpakRemotes.flatMap(\.all)
    return declared.compactMap { option in
      guard let value = values[option.name], !value.text.isEmpty, !refused.contains(option.name)
      else { return nil }
      do throws(ConfigurationError) {
        try option.check(in: self)
        return nil
      } catch {
        return error
      }
    }
  }

  /// The names that `validate()` refuses.
  package var refusedNames: [ConfigurationError] {
    schema.unknownNames == .error ? unknownNames : []
  }

  /// The problems that do not fail a build.
  package var warnings: [ConfigurationWarning] {
    let tolerated = schema.unknownNames == .warn ? unknownNames : []
    return
      (layers.flatMap(\.warnings) + missingLocalDirectories + tolerated.map { .tolerated($0) }
      + ignoredOptions() + shortPrivateValues() + doubtfulLogins.map { .tolerated($0) })
      .map(privateNames.hiding)
  }

  /// Values of `[login]` that can be used, but will probably not work.
  private var doubtfulLogins: [ConfigurationError] {
    Options.rules.flatMap { rule -> [ConfigurationError] in
      let name = OptionName(section: ExactName(rule.sectionPattern), option: rule.option)
      // `validate()` reports values that cannot be expanded.
      guard case .type(.login(let value)) = rule.kind, let setting = complete[name],
        let result = try? expanded(name)
      else { return [] }
      return problems(of: value, name, setting, result, areErrors: false)
    }
  }

  private func problems(
    of value: LoginValue, _ name: OptionName, _ setting: Setting?, _ result: Interpolator.Result,
    areErrors: Bool
  ) -> [ConfigurationError] {
    guard let setting, !result.text.isEmpty else { return [] }
    // A reference can add lines, so that the lines of the result are not those of the file.
    let hasOwnLines = result.references == 0
    return value.problems(in: result.text).filter { $0.isError == areErrors }.map { problem in
      .unusable(
        section: name.section.text, option: name.option.text, problem: problem.text,
        at: hasOwnLines ? setting.origin(ofTextLine: problem.line) : setting.origin)
    }
  }

  private var missingLocalDirectories: [ConfigurationWarning] {
    (sources?.localDirectories ?? []).filter { !Directories.isDirectory($0) }
      .map { .missingLocalDirectory($0) }
  }

  private func sections(matching rule: Schema.Rule) -> [ExactName] {
    if !Glob.isPattern(rule.sectionPattern) { return [ExactName(rule.sectionPattern)] }
    return complete.sections.keys.filter { Glob.matches($0.text, rule.sectionPattern) }
  }

  private func findings(
    _ rule: Schema.Rule, _ name: OptionName, _ setting: Setting?, _ result: Interpolator.Result
  ) -> [ConfigurationError] {
    func unacceptable(_ accepted: String, nearest: String? = nil) -> [ConfigurationError] {
      [
        .unacceptable(
          section: name.section.text, option: name.option.text,
          found: result.isPrivate ? nil : result.text, accepted: accepted, nearest: nearest,
          at: setting?.origin ?? rule.origin)
      ]
    }
    switch rule.kind {
    case .required(let mayBeEmpty):
      guard mayBeEmpty ? setting == nil : result.text.isEmpty else { return [] }
      return [
        .required(
          section: name.section.text, option: name.option.text, rule: rule.origin,
          emptied: setting?.origin.file == nil ? nil : setting?.origin)
      ]
    case .values(let accepted):
      if setting == nil || accepted.contains(result.text) { return [] }
      return unacceptable(
        accepted.joined(separator: ", "),
        nearest: NearestName.find(result.text, among: accepted))
    case .type(.login(let value)):
      return problems(of: value, name, setting, result, areErrors: true)
    case .type(let type):
      if result.text.isEmpty { return [] }
      // As in EIB, whose schema knows no other place. The program's own options are read by stages,
      // whose working directory is the source directory.
      let directory =
        rule.origin == .builtIn ? sources?.sourceDirectory ?? "/" : Directories.absolute(".")
      if type.accepts(result.text, relativeTo: directory) { return [] }
      let missing =
        result.isPrivate ? [] : type.missingPaths(in: result.text, relativeTo: directory)
      let paths = missing.map(\.string).joined(separator: ", ")
      return unacceptable(
        type.accepted + (missing.isEmpty ? "" : "; there is no \(paths)"),
        nearest: result.isPrivate ? nil : type.nearest(to: result.text))
    case .merged, .secret, .deprecated:
      return []
    }
  }

  /// Returns warnings for URLs that are not used, and for deprecated options.
  private func ignoredOptions() -> [ConfigurationWarning] {
    var warnings: [ConfigurationWarning] = []
    for isProduction in [false, true] { warnings += ignoredURL(isProduction: isProduction) }
    warnings += ignoredRemoteTLS
    for (former, name) in Options.renamed {
      guard let setting = complete[former] else { continue }
      let place = OptionPlace(
        section: former.section.text, option: former.option.text, origin: setting.origin)
      warnings.append(.deprecated(place, use: "\(name)"))
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

  /// Returns a warning if a file sets the URL of a server, and nothing uses it because another URL
  /// is pulled.
  private func ignoredURL(isProduction: Bool) -> [ConfigurationWarning] {
    let (pulled, server) = PulledURL.options(isProduction: isProduction)
    guard let setting = complete[server.name], let other = complete[pulled.name],
      let text = try? expanded(server.name).text, let otherText = try? expanded(pulled.name).text,
      !text.isEmpty, !otherText.isEmpty, text != otherText
    else { return [] }
    let references = ["${\(server.name.option.text)}", "${\(server.name)}"]
    let isUsed = complete.names.contains { name in
      guard let value = complete[name]?.text else { return false }
      return value.contains(references[1])
        || name.section == server.name.section && value.contains(references[0])
    }
    guard !isUsed else { return [] }
    let place = OptionPlace(
      section: server.name.section.text, option: server.name.option.text, origin: setting.origin)
    return [
      .ignoredOption(place, reason: "\(pulled.name) (\(other.origin)) is pulled instead")
    ]
  }
}
