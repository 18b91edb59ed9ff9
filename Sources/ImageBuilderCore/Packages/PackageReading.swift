import Configuration
import SystemPackage
import YAML

/// Reads the file of a package, build.yml. All mistakes are found at once.
struct PackageReading {
  private static let keys = [
    "image", "org", "tag", "dockerfile", "arches", "extra-sources", "gitrepo", "network",
    "disable-cache", "config", "buildArgs", "depends",
  ]

  private let request: PackageRequest
  private let directory: FilePath
  private let file: FilePath
  private var reader = YAMLReader()

  /// Reads a package.
  ///
  /// - Throws: `YAMLProblems` with every mistake; `ConfigurationError` if the file cannot be read.
  static func definition(
    _ request: PackageRequest, _ directory: FilePath, defaults: PackageDefaults
  ) throws -> PackageDefinition {
    var reading = PackageReading(request, directory)
    let root = try YAMLFile.read(reading.file, ignoresFurther: true)
    let definition = try reading.definition(root, defaults)
    try reading.reader.problems.check()
    return definition
  }

  private init(_ request: PackageRequest, _ directory: FilePath) {
    (self.request, self.directory) = (request, directory)
    file = directory.appending(request.file)
  }

  /// Where what is missing would be.
  private var top: WrittenText.Place { .line(file, 1) }

  private mutating func definition(
    _ root: YAMLNode?, _ defaults: PackageDefaults
  ) throws -> PackageDefinition {
    let values = root.map { reader.mapping($0, "", known: Self.keys) } ?? [:]
    func written(_ key: String) -> YAMLNode? { values[key].flatMap { $0.isNull ? nil : $0 } }
    let image = written("image").flatMap { reader.text($0, "image") }
    if image?.text.isEmpty ?? true {
      reader.problems.add("image is not set; it is the last part of the image's name", at: top)
    }
    let organization =
      request.organization ?? written("org").flatMap { reader.text($0, "org")?.text }
    let disablesCache = written("disable-cache").flatMap { reader.flag($0, "disable-cache") }
    let network = written("network").flatMap { reader.flag($0, "network") }
    let tag = tagForm(written("tag"))
    return PackageDefinition(
      directory: directory, image: image?.text ?? "",
      organization: organization ?? defaults.organization, tagForm: tag,
      sourceRepository: written("gitrepo").flatMap { reader.text($0, "gitrepo")?.text }
        ?? defaults.sourceRepository,
      dockerfile: dockerfile(written("dockerfile")), architectures: architectures(values["arches"]),
      extraSources: extraSources(written("extra-sources")),
      hasNetwork: network ?? false,
      usesCache: !(disablesCache ?? false),
      buildArguments: try buildArguments(written("buildArgs")),
      configuration: written("config").flatMap { RuntimeConfiguration.label($0, &reader) },
      archives: written("depends").flatMap { archives($0) })
  }

  private mutating func tagForm(_ node: YAMLNode?) -> String {
    let file = node.flatMap { reader.text($0, "tag") }
    let form = request.tag.map { WrittenText($0, .option("--tag")) } ?? file
    guard let form, !form.text.isEmpty else { return "{{.Hash}}" }
    if form.text.replacing(#/{{\s*\.Hash\s*}}/#, with: "").contains("{{") {
      reader.problems.add(
        "tag is '\(form.text)'; accepted between {{ and }}: .Hash", at: form.place)
    }
    return form.text
  }

  private mutating func dockerfile(_ node: YAMLNode?) -> FilePath {
    let file = node.flatMap { reader.text($0, "dockerfile") }
    let given = request.dockerfile.map { WrittenText($0, .option("--dockerfile")) } ?? file
    let name = given ?? WrittenText("Dockerfile", top)
    guard let path = inside(name, "dockerfile") else { return "Dockerfile" }
    if !Directories.exists(directory.pushing(path)) {
      reader.problems.add("dockerfile is '\(path)', which is not in \(directory)", at: name.place)
    }
    return path
  }

  private mutating func architectures(_ node: YAMLNode?) -> [String]? {
    guard let node, !node.isNull else { return nil }
    return reader.items(node, "arches").compactMap { item in
      guard let name = reader.text(item, "arches") else { return nil }
      guard PackagePlatform.architectures.contains(name.text) else {
        reader.problems.add(
          "arches has '\(name.text)'"
            + (NearestName.find(name.text, among: PackagePlatform.architectures).map {
              "; did you mean \($0)?"
            } ?? "")
            + "; accepted: \(PackagePlatform.architectures.joined(separator: ", "))",
          at: name.place)
        return nil
      }
      return name.text
    }
  }

  private mutating func extraSources(_ node: YAMLNode?) -> [PackageDefinition.ExtraSource] {
    guard let node else { return [] }
    return reader.items(node, "extra-sources").compactMap { item in
      guard let text = reader.text(item, "extra-sources") else { return nil }
      let parts = text.text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2, !parts[0].isEmpty else {
        reader.problems.add(
          "extra-sources has '\(text.text)'; accepted: SOURCE:DESTINATION", at: text.place)
        return nil
      }
      let source = directory.pushing(FilePath(parts[0])).lexicallyNormalized()
      if !Directories.exists(source) {
        reader.problems.add("extra-sources: there is no \(source)", at: text.place)
      }
      // A destination is a path in the package, with or without a slash in front.
      let path = String(parts[1].drop { $0 == "/" })
      guard let destination = inside(WrittenText(path, text.place), "extra-sources") else {
        return nil
      }
      return PackageDefinition.ExtraSource(source: source, destination: destination)
    }
  }

  private mutating func buildArguments(
    _ node: YAMLNode?
  ) throws -> [PackageDefinition.BuildArgument] {
    var written =
      node.map { node in
        reader.items(node, "buildArgs").compactMap { reader.text($0, "buildArgs") }
      } ?? []
    for file in request.buildArgumentFiles {
      let lines = try TextFile.read(file).split(separator: "\n", omittingEmptySubsequences: false)
      for (number, line) in lines.enumerated()
      where !line.allSatisfy(\.isWhitespace) && !line.hasPrefix("#") {
        written.append(WrittenText(String(line), .line(file, number + 1)))
      }
    }
    var arguments: [PackageDefinition.BuildArgument] = []
    for argument in written {
      guard let index = argument.text.firstIndex(of: "="), index != argument.text.startIndex else {
        reader.problems.add(
          "'\(argument.text)' is no build argument; accepted: NAME=VALUE", at: argument.place)
        continue
      }
      let name = String(argument.text[..<index])
      let value = String(argument.text[argument.text.index(after: index)...])
      guard !value.hasPrefix("@lkt:") else {
        reader.problems.add(
          "\(name): values of the form @lkt: are not supported; write the name of the image",
          at: argument.place)
        continue
      }
      // Later ones win.
      arguments.removeAll { $0.name == name }
      arguments.append(PackageDefinition.BuildArgument(name: name, value: value))
    }
    return arguments
  }

  private mutating func archives(_ node: YAMLNode) -> PackageDefinition.ImageArchives? {
    let depends = reader.mapping(node, "depends", known: ["docker-images"])
    guard let images = depends["docker-images"], !images.isNull else { return nil }
    let path = "depends.docker-images"
    let values = reader.mapping(
      images, path, known: ["list", "from-file", "target", "target-dir"])
    func one(_ key: String) -> WrittenText? {
      values[key].flatMap { $0.isNull ? nil : reader.text($0, "\(path).\(key)") }
    }
    let (fromFile, target, targetDirectory) = (one("from-file"), one("target"), one("target-dir"))
    var names = values["list"].map { reader.texts($0, "\(path).list") } ?? []
    func exclude(_ first: Bool, _ second: Bool, _ keys: String) {
      if first == second {
        reader.problems.add(
          "\(path): \(first ? "\(keys) exclude each other" : "one of \(keys) is needed")",
          at: images.place)
      }
    }
    exclude(!names.isEmpty, fromFile != nil, "list and from-file")
    exclude(target != nil, targetDirectory != nil, "target and target-dir")
    if let fromFile, let file = inside(fromFile, "\(path).from-file") {
      let text = try? TextFile.read(directory.pushing(file))
      if text == nil {
        reader.problems.add("\(path).from-file: there is no \(file)", at: fromFile.place)
      }
      names = (text ?? "").split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("#") }.map {
        WrittenText(trimmed($0), fromFile.place)
      }
    }
    for name in names where name.text.firstMatch(of: #/@sha256:[0-9a-f]{64}$/#) == nil {
      reader.problems.add(
        "\(path): the image '\(name.text)' has no digest; accepted: NAME@sha256:...",
        at: name.place)
    }
    if target != nil, names.count > 1 {
      reader.problems.add(
        "\(path): an archive of several images cannot be made here; use target-dir",
        at: images.place)
    }
    return PackageDefinition.ImageArchives(
      images: names.map(\.text), file: target.flatMap { inside($0, "\(path).target") },
      directory: targetDirectory.flatMap { inside($0, "\(path).target-dir") })
  }

  /// A relative path that stays in the package, and is not the package.
  private mutating func inside(_ text: WrittenText, _ key: String) -> FilePath? {
    let path = FilePath(text.text).lexicallyNormalized()
    let isInside =
      path.isRelative && !path.isEmpty && path.components.first?.kind == .regular
    if isInside { return path }
    reader.problems.add(
      "\(key) has the path '\(text.text)'; accepted: a path in the directory of the package",
      at: text.place)
    return nil
  }
}

/// What files of packages leave open.
struct PackageDefaults: Sendable {
  var organization = "linuxkit"
  var sourceRepository = "https://github.com/linuxkit/linuxkit"
}

/// The platforms of packages.
enum PackagePlatform {
  /// The architectures that LinuxKit knows, by Go's names.
  static let architectures = ["amd64", "arm64", "ppc64le", "riscv64", "s390x"]
}
