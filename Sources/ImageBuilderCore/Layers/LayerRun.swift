import Bindings
import Configuration
import Glibc
import SystemPackage

/// `image-builder layer`, as seen from outside its namespaces: checks the file, takes the lock, and starts
/// the program again in namespaces of its own, where the layer is built.
package struct LayerRun: Sendable {
  /// The version of the build that a process in namespaces needs; layers have none.
  private static let mark = "layer"

  private let request: LayerRequest
  private let definition: LayerDefinition

  /// - Throws: `YAMLProblems` with every mistake in the file; `ConfigurationError` if it cannot be read.
  package init(_ request: LayerRequest) throws {
    self.request = request
    definition = try LayerReading.definition(request)
  }

  /// Must be called on the main thread of a process without other threads.
  ///
  /// - Returns: what was built, for people or as JSON, and the exit status.
  /// - Throws: `BuildError.notRoot`; `MissingTool`; `LayersLocked`; what `LayerBuild.run` and
  ///   `LayerPublishing.run` throw.
  package func run() throws -> (answer: String, status: ExitStatus) {
    if IsolatedBuild.version != nil {
      return (try TerminationSignals.run { try await build() }, .success)
    }
    if request.isDry { return (plan, .success) }
    guard geteuid() == 0 else { throw BuildError.notRoot }
    try installTools()
    let directory = ContainerStore.directory(in: request.cacheDirectory)
    try Directories.create(request.cacheDirectory)
    let file = FilePath("\(directory).lock")
    let lock = try FileLock.acquire(file, .exclusive) { holder in
      let process = holder.isEmpty ? "another process" : "process \(holder)"
      let text = "layer: waiting for \(process), which holds \(file)\n"
      _ = try? FileDescriptor.standardError.writeAll(text.utf8)
    }
    return try withExtendedLifetime(lock) {
      // Mounts inside the namespaces are in these directories.
      defer { removeWork() }
      return ("", try runIsolated())
    }
  }

  /// What a layer needs while it is built.
  private var work: FilePath { request.cacheDirectory.appending("layers/work") }
  private var temporary: FilePath { request.cacheDirectory.appending("layers/tmp") }

  private func removeWork() {
    let directories = [work, temporary]
    try? TerminationSignals.run {
      for directory in directories { try await Directories.remove(directory) }
    }
  }

  private func runIsolated() throws -> ExitStatus {
    var environment = currentEnvironment()
    environment[variable: .isolatedBuild] = Self.mark
    if let proxy = definition.proxy {
      for name in LayerDefinition.proxyVariables { environment[name] = proxy }
    }
    let process = try NamespaceProcess(
      program: ProgramFiles.running(), arguments: CommandLine.arguments,
      environment: environment.map { "\($0.key)=\($0.value)" })
    let (end, forwarded) = process.waitForwardingSignals()
    switch end {
    case .exited(let status):
      if let forwarded, status == 128 + forwarded { throw Interruption(signal: forwarded) }
      return ExitStatus(rawValue: status)
    case .signalled(let signal):
      if signal == forwarded { throw Interruption(signal: signal) }
      return .signal(signal)
    }
  }

  // MARK: Before

  private var tools: [RequiredTool] {
    var tools = definition.tools
    tools.append(RequiredTool(name: "skopeo", package: "skopeo", purpose: "build layers"))
    if request.publishes, definition.publication.objectStore != nil {
      tools.append(NetbootContent.tool)
    }
    return tools
  }

  /// Installs the packages of the programs that are missing.
  private func installTools() throws {
    let missing = tools.filter { SearchPath.find($0.name) == nil }
    guard !missing.isEmpty else { return }
    try TerminationSignals.run {
      let helper = try ProgramFiles.sourceDirectory().pushing("helpers/install-packages")
      let packages = ["--packages"] + Set(missing.map(\.package)).sorted()
      // What could not be installed is named below.
      try? await LayerOutput(.information).run(
        Command(helper.string, packages), .information
      ) { _ in }
    }
    for tool in missing { _ = try tool.find() }
  }

  // MARK: Inside

  private func build() async throws -> String {
    umask(0o022)
    let helpers = try ProgramFiles.sourceDirectory().appending("helpers")
    let output = LayerOutput(definition.logLevel)
    let layers = request.cacheDirectory.appending("layers")
    let storeDirectory = ContainerStore.directory(in: request.cacheDirectory)
    for directory in [work, temporary] { try await Directories.recreate(directory) }
    try Directories.create(storeDirectory)
    var writable = [layers, storeDirectory]
    if case .base(let layer) = definition.content, layer.scan.isAsked {
      try Directories.create(request.outputDirectory)
      writable.append(request.outputDirectory)
    }
    if request.publishes, definition.publication.isLocal {
      for directory in LayerPublishing.hostDirectories { try Directories.create(directory) }
      writable += LayerPublishing.hostDirectories
    }
    try Isolation(
      writable: writable, visible: try visibleDirectories(), privateVarTmp: temporary
    ).enter()
    let run: FilePath = "/tmp/layer"
    try Directories.create(run)
    let store = try ContainerStore(storeDirectory, run: run)
    try await store.removeLeftContainers()
    let layer = LayerBuild(
      definition: definition, store: store, scratch: work, downloads: layers.appending("downloads"),
      helpers: helpers, outputDirectory: request.outputDirectory, rebuilds: request.rebuilds,
      output: output)
    let built = try await request.builds ? layer.run() : layer.stored()
    guard request.publishes else { return try answer(built, []) }
    let published = try await LayerPublishing(
      definition: definition, built: built, store: store, directory: work, helpers: helpers,
      output: output
    ).run()
    return try answer(built, published)
  }

  /// What must stay visible below directories of which the build gets its own.
  private func visibleDirectories() throws -> [FilePath] {
    var directories = [
      try ProgramFiles.sourceDirectory(), try ProgramFiles.running().removingLastComponent(),
      request.file.removingLastComponent(), Directories.absolute("."),
    ]
    switch definition.content {
    case .base(let layer):
      directories += layer.copiedFiles.map(\.source)
      directories += layer.commands.flatMap { $0.volumes.map(\.host) }
      let urls = layer.repositories.flatMap { [$0.url, $0.key ?? ""] }
      directories += urls.compactMap { url in
        let path = url.split(separator: " ").first.map(String.init) ?? ""
        for prefix in ["file://", "file:"] where path.hasPrefix(prefix) {
          return FilePath(String(path.dropFirst(prefix.count)))
        }
        return nil
      }
    case .ansible(let layer):
      directories += layer.playbooks.map { $0.removingLastComponent() } + layer.inventories
    }
    for access in [definition.pull, definition.publication.push] {
      directories += [access.certificateDirectory, access.authenticationFile].compactMap {
        $0.map { FilePath($0) }
      }
    }
    if case .image(let name) = definition.parent, name.hasPrefix("oci") {
      let path = name.split(separator: ":").dropFirst().first.map(String.init) ?? ""
      directories.append(FilePath(path))
    }
    return directories.filter(Directories.exists)
  }

  // MARK: Answers

  /// What would be done.
  private var plan: String {
    var lines = ["\(definition.name) on \(definition.parent)"]
    switch definition.content {
    case .base(let layer):
      lines += layer.repositories.map { "  repository \($0.alias): \($0.url)" }
      lines += layer.modules.map { "  module \($0.command): \($0.names.joined(separator: " "))" }
      func list(_ title: String, _ names: [String]) {
        if !names.isEmpty { lines.append("  \(title): \(names.joined(separator: " "))") }
      }
      list("groups", layer.groups)
      list("packages", layer.packages)
      list("removed", layer.removedPackages)
      lines += layer.copiedFiles.map { "  copy \($0.source) to \($0.destination)" }
      lines += layer.commands.map { "  run \($0.command)" }
    case .ansible(let layer):
      lines += layer.playbooks.map { "  playbook \($0)" }
      lines.append("  groups: \(layer.groups.joined(separator: " "))")
    }
    let publication = definition.publication
    for tag in publication.tags {
      let name = definition.name(tag: tag)
      lines.append("  image localhost/\(name)")
      if let registry = publication.registry { lines.append("  publish \(registry)/\(name)") }
    }
    if let store = publication.objectStore {
      lines.append("  publish s3://\(store.bucket)/\(store.prefix)... at \(store.endpoint.host)")
    }
    if publication.isLocal { lines.append("  publish to /var/lib/containers") }
    return lines.map { visible($0) + "\n" }.joined()
  }

  private func answer(_ built: LayerBuild.Built, _ published: [String]) throws -> String {
    let name = "localhost/\(definition.name(tag: definition.publication.tags[0]))"
    guard request.isJSON else { return "\(name) \(built.digest)\n" }
    return try JSONValue.object([
      "schema": .integer(1), "name": .string(name), "digest": .string(built.digest),
      "parent": .string("\(definition.parent)"),
      "parent_digest": .optional(built.parentDigest), "inputs": .string(built.inputs),
      "packages": .array(definition.packages.map(JSONValue.string)),
      "fresh": .boolean(built.isFresh), "published": .array(published.map(JSONValue.string)),
    ]).text()
  }
}
