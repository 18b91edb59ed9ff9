import Configuration
import SystemPackage
import YAML

/// Checks what a layer file and the command line say. All mistakes are found at once.
struct LayerReading {
  let request: LayerRequest
  let written: WrittenLayer
  var problems: YAMLProblems

  /// Reads a layer.
  ///
  /// - Throws: `YAMLProblems` with every mistake; `ConfigurationError` if the file cannot be read.
  static func definition(_ request: LayerRequest) throws -> LayerDefinition {
    var reader = YAMLReader()
    let written = try WrittenLayer(request, &reader)
    var reading = LayerReading(
      request: request, written: written, problems: reader.problems)
    let definition = reading.definition()
    try reading.problems.check()
    guard let definition else { throw YAMLProblems() }
    return definition
  }

  private init(request: LayerRequest, written: WrittenLayer, problems: YAMLProblems) {
    (self.request, self.written, self.problems) = (request, written, problems)
  }

  /// Where what is missing would be.
  var top: WrittenText.Place { .line(request.file, 1) }

  private mutating func definition() -> LayerDefinition? {
    let kind = choice(.layerType, among: ["base", "ansible"], isRequired: true)
    let name = text(.name, LayerSyntax.name) ?? "base"
    let parent = parent()
    let content: LayerDefinition.Content? =
      switch kind {
      case "base": base(parent).map { .base($0) }
      case "ansible": ansible(parent).map { .ansible($0) }
      default: nil
      }
    let logLevel = choice(.logLevel, among: LogLevel.allCases.map(\.rawValue)) { $0.uppercased() }
    let definition = content.map {
      LayerDefinition(
        content: $0, name: name, parent: parent, labels: labels(),
        logLevel: logLevel.flatMap { LogLevel(word: $0) } ?? .warning,
        proxy: text(.proxy, LayerSyntax.proxy), hasNetwork: flag(.hasNetwork) ?? true,
        pull: access(.registryOptionsPull),
        publication: publication())
    }
    return definition
  }

  /// Keys that have no effect in a layer of another kind.
  private mutating func refuse(_ keys: [LayerKey], in kind: String) {
    for key in keys {
      let places: [WrittenText.Place] =
        switch key {
        case .modules: written.modules.map(\.command.place)
        case .copiedFiles: written.copiedFiles.map(\.place)
        case .commands: written.commands.map(\.place)
        case .variables: written.variables.map(\.key.place)
        case .securityScan: written.securityScan.map(\.key.place)
        default: written.texts[key].map { [$0.first?.place ?? top] } ?? []
        }
      guard let place = places.first else { continue }
      problems.add("\(key.path) has no effect in \(kind); remove it", at: place)
    }
  }

  // MARK: Parts

  private mutating func parent() -> LayerParent {
    guard let text = text(.parent, .image), text != "scratch" else { return .scratch }
    return .image(text)
  }

  private mutating func labels() -> [String: String] {
    for (key, _) in written.labels where !LayerSyntax.labelName.accepts(key.text) {
      problems.add(
        "options.labels.\(key.text): accepted: \(LayerSyntax.labelName.accepted)", at: key.place)
    }
    return Dictionary(
      written.labels.map { ($0.key.text, $0.value.text) }, uniquingKeysWith: { $1 })
  }

  private mutating func base(_ parent: LayerParent) -> BaseLayer? {
    refuse(
      [.groups, .playbooks, .inventory, .variables, .ansibleVerbosity], in: "a layer of type base")
    let word = choice(
      .packageManager, among: PackageManagerKind.allCases.map(\.rawValue), isRequired: true)
    guard let manager = word.flatMap(PackageManagerKind.init) else { return nil }
    var unknown: [LayerKey] = manager == .dnf ? [] : [.modules, .modulePlatform, .releaseVersion]
    if [.apt, .apk].contains(manager) { unknown.append(.packageGroups) }
    refuse(unknown, in: "a layer of \(manager.rawValue)")
    let checks = flag(.checksSignatures) ?? true
    let repositories = repositories(manager)
    if parent == .scratch, written.repositories.isEmpty {
      problems.add("repos is not set; a layer on scratch needs a repository", at: top)
    }
    let scan = securityScan()
    let scanner = scan.isInstalled ? SecurityScanRun.packages(manager) : []
    return BaseLayer(
      packageManager: manager, checksSignatures: checks, repositories: repositories,
      modules: modules(), groups: texts(.packageGroups, .word),
      packages: texts(.packages, .package) + scanner,
      removedPackages: texts(.removedPackages, .package),
      copiedFiles: copiedFiles(), commands: commands(),
      releaseVersion: text(.releaseVersion, .package),
      modulePlatform: text(.modulePlatform, .package), isStrict: flag(.isStrict) ?? false,
      scan: scan)
  }

  private mutating func repositories(
    _ manager: PackageManagerKind
  ) -> [BaseLayer.Repository] {
    var aliases: Set<String> = []
    return written.repositories.compactMap { repository in
      let alias = repository.alias.flatMap { check($0, "repos.alias", .alias) }
      let url = repository.url.flatMap {
        check($0, "repos.url", manager == .apt ? .aptSource : .url)
      }
      for (name, value) in [("alias", repository.alias), ("url", repository.url)]
      where value == nil {
        problems.add("repos: a repository has no \(name)", at: repository.place)
      }
      if let alias, !aliases.insert(alias).inserted {
        problems.add("repos.alias '\(alias)' is used twice", at: repository.place)
      }
      let key = repository.key.flatMap { check($0, "repos.gpg", .url) }
      let priority = repository.priority.flatMap { number($0, "repos.priority", 1...200) }
      guard let alias, let url else { return nil }
      return BaseLayer.Repository(alias: alias, url: url, key: key, priority: priority)
    }
  }

  private mutating func modules() -> [BaseLayer.ModuleCommand] {
    let known = ["disable", "enable", "install", "remove", "reset", "switch-to"]
    return written.modules.compactMap { command, names in
      guard known.contains(command.text) else {
        problems.add(
          "modules.\(command.text): no such command"
            + (NearestName.find(command.text, among: known).map { "; did you mean \($0)?" } ?? "")
            + "; accepted: \(known.joined(separator: ", "))", at: command.place)
        return nil
      }
      if names.isEmpty {
        problems.add("modules.\(command.text) is an empty list; remove it", at: command.place)
      }
      let modules = names.compactMap { check($0, "modules.\(command.text)", .package) }
      return BaseLayer.ModuleCommand(command: command.text, names: modules)
    }
  }

  private mutating func copiedFiles() -> [BaseLayer.CopiedFile] {
    written.copiedFiles.compactMap { copy in
      for (name, value) in [("src", copy.source), ("dest", copy.destination)] where value == nil {
        problems.add("copyfiles: a file has no \(name)", at: copy.place)
      }
      let destination = copy.destination.flatMap { check($0, "copyfiles.dest", .insidePath) }
      let options = copy.options.compactMap { check($0, "copyfiles.opts", .copyOption) }
      let path = copy.source.flatMap { existing($0, "copyfiles.src") }
      guard let path, let destination else { return nil }
      return BaseLayer.CopiedFile(source: path, destination: destination, options: options)
    }
  }

  private mutating func commands() -> [BaseLayer.InsideCommand] {
    written.commands.compactMap { written in
      guard let command = written.command else {
        problems.add("cmds: a command has no cmd", at: written.place)
        return nil
      }
      var level = LogLevel.information
      if let word = written.logLevel {
        if let known = LogLevel(word: word.text) {
          level = known
        } else {
          problems.add(
            "cmds.loglevel is '\(word.text)'; accepted: "
              + LogLevel.allCases.map(\.rawValue).joined(separator: ", "), at: word.place)
        }
      }
      let run = runOptions(written.options)
      return BaseLayer.InsideCommand(
        place: written.place, command: command.text, logLevel: level, volumes: run.volumes,
        environment: run.environment, user: run.user)
    }
  }

  private mutating func runOptions(
    _ words: [WrittenText]
  ) -> (volumes: [(host: FilePath, inside: String)], environment: [String], user: String?) {
    var (volumes, environment): ([(host: FilePath, inside: String)], [String]) = ([], [])
    var user: String?
    for (name, value) in options(words, ["--volume": "-v", "--env": "-e", "--user": "-u"]) {
      switch name {
      case "--volume":
        let parts = value.text.split(separator: ":", omittingEmptySubsequences: false)
        guard (2...3).contains(parts.count), parts[0].hasPrefix("/"), parts[1].hasPrefix("/") else {
          problems.add(
            "--volume \(value.text): accepted: HOST-DIRECTORY:DIRECTORY[:OPTIONS]",
            at: value.place)
          continue
        }
        volumes.append((FilePath(String(parts[0])), String(parts[1])))
      case "--env": environment.append(value.text)
      default: user = check(value, "--user", .word)
      }
    }
    return (volumes, environment, user)
  }

  private mutating func access(_ key: LayerKey) -> RegistryAccess {
    var access = RegistryAccess()
    let words = (written.texts[key] ?? []).flatMap { word in
      word.text.split(separator: " ").map { WrittenText(String($0), word.place) }
    }
    let accepted: KeyValuePairs = ["--tls-verify": "", "--cert-dir": "", "--authfile": ""]
    for (name, value) in options(words, accepted) {
      switch name {
      case "--tls-verify":
        guard ["", "true", "false"].contains(value.text) else {
          problems.add("--tls-verify is '\(value.text)'; accepted: true, false", at: value.place)
          continue
        }
        access.verifiesTLS = value.text != "false"
      case "--cert-dir":
        access.certificateDirectory = existing(value, "--cert-dir")?.string
      default: access.authenticationFile = existing(value, "--authfile")?.string
      }
    }
    func given(_ name: String?, _ option: String) -> String? {
      name.flatMap { existing(WrittenText($0, .option(option)), option)?.string }
    }
    if access.authenticationFile == nil {
      access.authenticationFile = given(request.authenticationFile, "--authfile")
    }
    if access.certificateDirectory == nil {
      access.certificateDirectory = given(request.certificateDirectory, "--cert-dir")
    }
    return access
  }

  private mutating func publication() -> LayerPublication {
    let tags = texts(.publishTags, .tag)
    let bucket = text(.s3Bucket, .bucket) ?? "boot-images"
    let prefix = text(.s3Prefix, .objectPrefix) ?? ""
    let compression = choice(
      .squashCompression, among: ["gzip", "lz4", "lzo", "xz", "zstd"])
    let url = single(.publishS3)
    let endpoint = url.flatMap { S3Endpoint($0.text) }
    if let url, endpoint == nil {
      problems.add(
        "\(LayerKey.publishS3.path) is '\(url.text)'; accepted: \(S3Endpoint.accepted)",
        at: url.place)
    }
    return LayerPublication(
      tags: tags.isEmpty ? ["latest"] : tags, registry: text(.publishRegistry, .registry),
      push: access(.registryOptionsPush),
      objectStore: endpoint.map {
        LayerPublication.ObjectStore(
          endpoint: $0, bucket: bucket, prefix: prefix, compression: compression ?? "gzip")
      }, isLocal: flag(.publishLocal) ?? false)
  }

  private mutating func ansible(_ parent: LayerParent) -> AnsibleLayer? {
    refuse(
      LayerKey.besideOptions + [
        .packageManager, .checksSignatures, .releaseVersion, .modulePlatform, .isStrict,
        .installsScanner, .scansBenchmark, .scansVulnerabilities,
      ], in: "a layer of type ansible")
    if let repository = written.repositories.first {
      problems.add("repos has no effect in a layer of type ansible", at: repository.place)
    }
    if parent == .scratch {
      problems.add(
        "options.parent is scratch; a playbook needs an image with Python", at: top)
    }
    for key in [LayerKey.playbooks, .groups] where written.texts[key]?.isEmpty ?? true {
      problems.add("\(key.path) is not set; an ansible layer needs it", at: top)
    }
    let verbosity = single(.ansibleVerbosity).flatMap {
      number($0, LayerKey.ansibleVerbosity.path, 0...4)
    }
    func files(_ key: LayerKey) -> [FilePath] {
      (written.texts[key] ?? []).compactMap { existing($0, key.path) }
    }
    return AnsibleLayer(
      playbooks: files(.playbooks), inventories: files(.inventory), groups: texts(.groups, .word),
      variables: Dictionary(
        written.variables.map { ($0.key.text, $0.value.text) }, uniquingKeysWith: { $1 }),
      verbosity: verbosity ?? 0)
  }
}
