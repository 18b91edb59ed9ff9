import Configuration
import SystemPackage
import YAML

/// What a layer file and the command line say, as texts with their places. The options of the command
/// line replace keys of the file.
struct WrittenLayer {
  /// A key with a text, such as that of a label.
  typealias Pair = (key: WrittenText, value: WrittenText)

  /// A package repository.
  struct Repository {
    var place: WrittenText.Place
    var alias: WrittenText?
    var url: WrittenText?
    var key: WrittenText?
    var priority: WrittenText?
  }

  /// A file to copy.
  struct CopiedFile {
    var place: WrittenText.Place
    var source: WrittenText?
    var destination: WrittenText?
    var options: [WrittenText] = []
  }

  /// A command to run inside.
  struct InsideCommand {
    var place: WrittenText.Place
    var command: WrittenText?
    var logLevel: WrittenText?
    var options: [WrittenText] = []
  }

  private(set) var texts: [LayerKey: [WrittenText]] = [:]
  private(set) var labels: [Pair] = []
  private(set) var variables: [Pair] = []
  private(set) var repositories: [Repository] = []
  /// The commands of `dnf module`, each with its modules.
  private(set) var modules: [(command: WrittenText, names: [WrittenText])] = []
  private(set) var copiedFiles: [CopiedFile] = []
  private(set) var commands: [InsideCommand] = []
  /// What security scans look at, and where their reports go.
  private(set) var securityScan: [Pair] = []

  private static let keysOfFile = ["options", "repos"] + LayerKey.besideOptions.map(\.rawValue)

  /// - Parameter reader: collects what is wrong.
  /// - Throws: as `YAMLFile.read`.
  init(_ request: LayerRequest, _ reader: inout YAMLReader) throws {
    if let root = try YAMLFile.read(request.file) {
      read(root, &reader)
    } else {
      reader.problems.add("the file is empty", at: .line(request.file, 1))
    }
    for (key, values) in request.settings {
      replace(key, values.map { WrittenText($0, .option(key.option)) }, &reader)
    }
  }

  private mutating func read(_ root: YAMLNode, _ reader: inout YAMLReader) {
    let values = reader.mapping(root, "", known: Self.keysOfFile)
    if let node = values["options"] {
      let known = LayerKey.inOptions.map(\.rawValue)
      for (name, value) in reader.mapping(node, "options", known: known) {
        guard let key = LayerKey(rawValue: name) else { continue }
        switch key {
        case .labels: labels = reader.pairs(value, key.path)
        case .variables: variables = reader.pairs(value, key.path)
        default: texts[key] = reader.texts(value, key.path)
        }
      }
    }
    if let node = values["repos"] {
      repositories = reader.items(node, "repos").map { Self.repository($0, &reader) }
    }
    for key in [LayerKey.packages, .packageGroups, .removedPackages] {
      if let node = values[key.rawValue] { texts[key] = reader.texts(node, key.path) }
    }
    if let node = values[LayerKey.modules.rawValue] { readModules(node, &reader) }
    if let node = values[LayerKey.copiedFiles.rawValue] {
      copiedFiles = reader.items(node, "copyfiles").map { Self.copiedFile($0, &reader) }
    }
    if let node = values[LayerKey.commands.rawValue] {
      commands = reader.items(node, "cmds").map { Self.command($0, &reader) }
    }
    if let node = values[LayerKey.securityScan.rawValue] {
      for item in reader.items(node, "openscap") {
        securityScan += reader.pairs(item, "openscap")
      }
    }
  }

  private static func repository(_ node: YAMLNode, _ reader: inout YAMLReader) -> Repository {
    let known = ["alias", "url", "gpg", "priority"]
    let values = reader.mapping(node, "repos", known: known)
    func text(_ key: String) -> WrittenText? {
      values[key].flatMap { reader.text($0, "repos.\(key)") }
    }
    return Repository(
      place: node.place, alias: text("alias"), url: text("url"), key: text("gpg"),
      priority: text("priority"))
  }

  private mutating func readModules(_ node: YAMLNode, _ reader: inout YAMLReader) {
    guard case .mapping(let entries) = node.content else {
      _ = reader.pairs(node, "modules")
      return
    }
    modules = entries.map { ($0.key, reader.texts($0.value, "modules.\($0.key.text)")) }
  }

  private static func copiedFile(_ node: YAMLNode, _ reader: inout YAMLReader) -> CopiedFile {
    let values = reader.mapping(node, "copyfiles", known: ["src", "dest", "dst", "opts"])
    if values["dest"] != nil, let second = values["dst"] {
      reader.problems.add("copyfiles: dest and dst are one key; keep one", at: second.place)
    }
    return CopiedFile(
      place: node.place, source: values["src"].flatMap { reader.text($0, "copyfiles.src") },
      destination: (values["dest"] ?? values["dst"]).flatMap { reader.text($0, "copyfiles.dest") },
      options: values["opts"].map { reader.texts($0, "copyfiles.opts") } ?? [])
  }

  private static func command(_ node: YAMLNode, _ reader: inout YAMLReader) -> InsideCommand {
    if case .scalar = node.content {
      return InsideCommand(place: node.place, command: reader.text(node, "cmds"))
    }
    let values = reader.mapping(node, "cmds", known: ["cmd", "loglevel", "buildah_extra_args"])
    return InsideCommand(
      place: node.place, command: values["cmd"].flatMap { reader.text($0, "cmds.cmd") },
      logLevel: values["loglevel"].flatMap { reader.text($0, "cmds.loglevel") },
      options: values["buildah_extra_args"].map {
        reader.texts($0, "cmds.buildah_extra_args")
      } ?? [])
  }

  /// Takes an option of the command line. Pairs are written `KEY=VALUE`, copies `SOURCE:DESTINATION`.
  private mutating func replace(
    _ key: LayerKey, _ values: [WrittenText], _ reader: inout YAMLReader
  ) {
    func pairs(_ separator: Character, _ form: String) -> [Pair] {
      values.compactMap { value in
        guard let index = value.text.firstIndex(of: separator) else {
          reader.problems.add("'\(value.text)' is not of the form \(form)", at: value.place)
          return nil
        }
        return (
          WrittenText(String(value.text[..<index]), value.place),
          WrittenText(String(value.text[value.text.index(after: index)...]), value.place)
        )
      }
    }
    switch key {
    case .labels: labels = pairs("=", "KEY=VALUE")
    case .variables: variables = pairs("=", "NAME=VALUE")
    case .securityScan: securityScan = pairs("=", "KEY=VALUE")
    case .modules: modules = pairs("=", "COMMAND=MODULE").map { ($0.key, [$0.value]) }
    case .copiedFiles:
      copiedFiles = pairs(":", "SOURCE:DESTINATION").map {
        CopiedFile(place: $0.key.place, source: $0.key, destination: $0.value)
      }
    case .commands: commands = values.map { InsideCommand(place: $0.place, command: $0) }
    default: texts[key] = values
    }
  }
}
