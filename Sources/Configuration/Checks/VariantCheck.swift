import SystemPackage

/// The check of one variant. It needs neither root nor the network, and builds nothing.
package struct VariantCheck: Sendable {
  /// The variant that was checked.
  package let variant: Variant
  /// Problems that fail a build, and names that a closed configuration refuses.
  package let errors: [Finding]
  /// Problems that do not fail a build.
  package let warnings: [Finding]

  init(_ variant: Variant, _ loader: ConfigurationLoader, _ lint: HookLint) async {
    self.variant = variant
    do {
      let configuration = try loader.load(variant, settings: BuildSettings())
      var errors: [Finding] = []
      let destinations = DestinationSettings(configuration)
      var warnings = Self.emptyURL(configuration) + destinations.warnings
      do { try configuration.validate() } catch { errors += Finding.all(error) }
      errors += destinations.errors
      do {
        let paths = try BuildPaths(configuration)
        errors += Self.unusablePasswords(configuration, paths)
        let (scripts, missing) = try Self.scripts(of: configuration, paths, lint.texts)
        warnings += configuration.warnings(scripts).map(Finding.init)
        let (broken, odd) = try await lint.findings(configuration, scripts, paths)
        errors += missing.errors + broken
        warnings += missing.warnings
        if configuration.schema.unknownNames != .allow {
          warnings += try odd + Self.contentWithoutProbes(configuration, paths)
        }
      } catch {
        warnings += configuration.warnings.map(Finding.init)
        errors += Finding.all(error)
      }
      // A public value can be a private one, too, or a part of it.
      let hasFindings = !errors.isEmpty || !warnings.isEmpty
      let filter = hasFindings ? configuration.secretFilter : SecretFilter([])
      self.errors = errors.withoutRepetitions.map { $0.filtered(by: filter) }
      self.warnings = warnings.withoutRepetitions.map { $0.filtered(by: filter) }
    } catch {
      errors = Finding.all(error)
      warnings = []
    }
  }

  /// Another host may have the URL in its own settings, so its absence is a warning.
  private static func emptyURL(_ configuration: Configuration) -> [Finding] {
    guard let pulled = try? PulledURL(configuration), pulled.text.isEmpty,
      let product = try? configuration.value(Options.build.product)
    else { return [] }
    return [
      Finding(
        PulledURL.absence(of: pulled.option, product: product),
        at: configuration.origin(of: pulled.option.section.text, pulled.option.option.text),
        fault: "\(pulled.option)")
    ]
  }

  /// The error of a netrc file that the server needs, if this user may read the file.
  private static func unusablePasswords(
    _ configuration: Configuration, _ paths: BuildPaths
  ) -> [Finding] {
    // What is wrong with the URL is reported by itself.
    guard let url = try? PulledURL(configuration).text, url.hasPrefix("http") else { return [] }
    do throws(NetrcError) {
      _ = try Netrc(Netrc.path(in: paths.systemDirectory))?.login(for: url)
      return []
    } catch {
      return [Finding("\(error)", at: error.origin)]
    }
  }

  /// Nothing shows when the content that a hook downloads has changed, unless another one says it.
  private static func contentWithoutProbes(
    _ configuration: Configuration, _ paths: BuildPaths
  ) throws -> [Finding] {
    func names(_ group: HookGroup) throws -> [String] {
      try HookFiles(section: group.rawValue, paths).places(of: configuration).found.map(\.name)
    }
    let probes = Set(try names(.inputs))
    let option = Options.hooks(of: .content).names.name
    let places = try configuration.wordPlaces(of: option)
    return try names(.content).filter { !probes.contains($0) }.map { name in
      Finding(
        "no hook \(name) in \(Options.hooks(of: .inputs).names.name) tells when the content changes "
          + "that the content hook \(name) downloads, so that such a change makes no fleet build again",
        at: places[ExactName(name)]?.origin, fault: "\(option) \(name)")
    }
  }

  /// Returns the scripts of a variant, and findings about hooks without a file.
  private static func scripts(
    of configuration: Configuration, _ paths: BuildPaths, _ texts: ScriptTexts
  ) throws -> (VariantScripts, missing: (errors: [Finding], warnings: [Finding])) {
    let groups = HookGroup.allCases.map(\.rawValue)
    let policy = configuration.schema.unknownNames
    var hooks: [FilePath] = []
    var errors: [Finding] = []
    var warnings: [Finding] = []
    for section in HookFiles.sections(of: configuration) {
      let (found, problems) = try HookFiles(section: section, paths).hooks(of: configuration)
      hooks += found.map(\.path)
      if section == HookGroup.image.rawValue {
        errors += try LoginHook(configuration).problems(found).flatMap(Finding.all)
      }
      let findings = problems.map(configuration.privateNames.hiding).flatMap(Finding.all)
      // The builder itself runs the hooks of its groups, so a missing one fails the build.
      if groups.contains(section) || policy == .error {
        errors += findings
      } else if policy == .warn {
        warnings += findings
      }
    }
    return (texts.scripts(hooks, paths), (errors, warnings))
  }
}

extension [Finding] {
  /// The findings without duplicates, in the same order.
  fileprivate var withoutRepetitions: [Finding] {
    var seen: Set<String> = []
    return filter { seen.insert($0.text).inserted }
  }
}
