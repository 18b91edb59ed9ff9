import Bindings
import Configuration
import SystemPackage

/// Builds a layer in the store, unless an equal one is there.
struct LayerBuild {
  /// A layer in the store.
  struct Built: Sendable {
    /// The ID of the image.
    let image: String
    let digest: String
    /// Nil for scratch, and for a layer that was not looked for by its inputs.
    let parentDigest: String?
    let inputs: String
    let isFresh: Bool
  }

  let definition: LayerDefinition
  let store: ContainerStore
  /// A directory for files of the build that do not belong in the image.
  let scratch: FilePath
  /// CACHEDIR/layers: downloads, which are kept.
  let downloads: FilePath
  let helpers: FilePath
  /// The directory of the host for reports of security scans.
  let outputDirectory: FilePath
  let rebuilds: Bool
  let output: LayerOutput

  /// The layer that is in the store under its name.
  ///
  /// - Throws: `NotBuilt`; `CommandFailure`; `CancellationError`.
  func stored() async throws -> Built {
    let name = "localhost/\(definition.name(tag: definition.publication.tags[0]))"
    guard try await store.names().contains(name) else { throw NotBuilt(name: name) }
    let image = try await store.image(name)
    return Built(
      image: name, digest: image.digest, parentDigest: nil,
      inputs: image.labels[LayerInputs.label] ?? "", isFresh: true)
  }

  /// - Throws: `ParentError`; `RepositoryError`; `CommandFailure`; `NoHost`; `NoPython`;
  ///   `FailedScriptlets`; `CancellationError`; `LinuxError`.
  func run() async throws -> Built {
    let parent = try await ParentImage.find(definition.parent, store, definition.pull)
    let fetch = try LayerFetch(say: output.warn)
    var metadata: [RepositoryMetadata] = []
    if case .base(let layer) = definition.content {
      metadata = try await RepositoryMetadata.ask(layer, fetch)
      for repository in layer.repositories where layer.checksSignatures && repository.key == nil {
        guard layer.packageManager != .apt else { continue }
        output.warn(
          "the repository \(repository.alias) has no key (gpg), so its packages are not verified")
      }
    }
    let time =
      BuildVariable.sourceDateEpoch.value.flatMap(UInt64.init)
      ?? (metadata.compactMap(\.time) + [parent.created].compactMap(\.self)).max() ?? 0
    let inputs = try LayerInputs(
      definition, parent, metadata, programs: await programs(), helpers: helpers, time: time
    ).digest
    if !rebuilds, let image = try await store.image(label: LayerInputs.label, inputs) {
      output.say("\(definition.name) is fresh")
      return try await built(image, parent, inputs, isFresh: true)
    }
    let clock = ContinuousClock()
    let begin = clock.now
    output.say("building \(definition.name) on \(definition.parent)")
    let image = try await store.withContainer(of: parent.name) { container in
      let root = LayerRoot(
        path: container.root, hasParent: parent.digest != nil, scratch: scratch,
        downloads: downloads.appending(packageManagerName), helpers: helpers, output: output,
        time: time, hasNetwork: definition.hasNetwork)
      try Directories.create(root.downloads)
      try await fill(root, container, fetch)
      try await root.host(helpers.pushing("layers/clean").string, [root.path.string])
      try await label(container, parent, inputs, time)
      if !parent.hasWholeHistory {
        output.warn("\(definition.parent) lacks the history of its layers; the image has one layer")
      }
      return try await store.commit(container, time: time, isOneLayer: !parent.hasWholeHistory)
    }
    output.say("built \(definition.name) in \(formattedSeconds(clock.now - begin))")
    return try await built(image, parent, inputs, isFresh: false)
  }

  private func built(
    _ image: String, _ parent: ParentImage, _ inputs: String, isFresh: Bool
  ) async throws -> Built {
    let digest = try await store.image(image).digest
    for tag in definition.publication.tags {
      try await store.buildah(["tag", image, "localhost/\(definition.name(tag: tag))"])
    }
    return Built(
      image: image, digest: digest, parentDigest: parent.digest, inputs: inputs, isFresh: isFresh)
  }

  private var packageManagerName: String {
    if case .base(let layer) = definition.content { layer.packageManager.rawValue } else { "none" }
  }

  /// The packages of the programs that make the layer, with their versions.
  private func programs() async throws -> [String] {
    let tools = definition.tools
    do {
      return try await Command("dpkg-query", ["--show"] + tools.map(\.package)).output()
        .split(separator: "\n").map(String.init)
    } catch is CommandFailure {
      // Programs that do not come from packages.
      return try tools.map { "\($0.name) \(try FileFacts(of: $0.find()).digest)" }
    }
  }

  private func fill(
    _ root: LayerRoot, _ container: ContainerStore.Container, _ fetch: LayerFetch
  ) async throws {
    switch definition.content {
    case .ansible(let layer):
      try await root.prepared {
        try await AnsiblePlay(name: definition.name, layer: layer, root: root).run()
      }
    case .base(let layer):
      let keys = try await keys(of: layer, fetch)
      let packages = layer.packageManager.installation.init(
        layer: layer, root: root, keys: keys)
      // mmdebstrap wants an empty directory, and prepares it itself.
      if layer.packageManager == .apt && !root.hasParent { try await packages.install() }
      try await root.prepared {
        if layer.packageManager != .apt || root.hasParent { try await packages.install() }
        if !layer.removedPackages.isEmpty { try await packages.remove(layer.removedPackages) }
        try await copyFiles(of: layer, container)
        for command in layer.commands { try await run(command, root) }
        try await SecurityScanRun(
          scan: layer.scan, root: root, fetch: fetch, outputDirectory: outputDirectory,
          name: definition.name
        ).run()
      }
    }
  }

  /// Fetches the keys of the repositories, by alias.
  private func keys(of layer: BaseLayer, _ fetch: LayerFetch) async throws -> [String: FilePath] {
    var keys: [String: FilePath] = [:]
    let directory = scratch.appending("keys")
    try Directories.create(directory)
    for repository in layer.repositories {
      guard let url = repository.key else { continue }
      let file = directory.appending(repository.alias)
      try FileAccess.write(
        await fetch.bytes(url, largestInBytes: 1 << 20), to: file, waitsForDisk: false)
      keys[repository.alias] = file
    }
    return keys
  }

  private func copyFiles(
    of layer: BaseLayer, _ container: ContainerStore.Container
  ) async throws {
    for copy in layer.copiedFiles {
      output.say("copy \(copy.source) to \(copy.destination)")
      try await store.buildah(
        ["copy", "--quiet"] + copy.options + [container.name, copy.source.string, copy.destination])
    }
  }

  /// Runs a command of the layer by the image's bash, or its sh.
  private func run(_ command: BaseLayer.InsideCommand, _ root: LayerRoot) async throws {
    output.say("run \(command.command.split(separator: "\n").first ?? "")")
    var mounted: [FilePath] = []
    defer { for target in mounted.reversed() { try? Mount.detach(target) } }
    for volume in command.volumes {
      let target = try root.createDirectory(String(volume.inside.dropFirst()))
      try Mount.bind(volume.host, at: target)
      mounted.append(target)
    }
    let hasBash = (try? RootedPath.find("bin/bash", in: root.path)) != nil
    var words = [hasBash ? "/bin/bash" : "/bin/sh", "-c", command.command]
    if let user = command.user { words = ["/usr/sbin/runuser", "-u", user, "--"] + words }
    var environment = root.networkEnvironment
    for word in command.environment {
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      environment[String(parts[0])] = parts.count == 2 ? String(parts[1]) : ""
    }
    do {
      try await root.inside(words, environment: environment, command.logLevel)
    } catch let failure as CommandFailure {
      throw InsideCommandFailure(
        place: "\(command.place)", command: command.command, failure: failure)
    }
  }

  private func label(
    _ container: ContainerStore.Container, _ parent: ParentImage, _ inputs: String, _ time: UInt64
  ) async throws {
    var labels = definition.labels
    func set(_ name: String, _ value: String) { labels["org.openchami.image.\(name)"] = value }
    set("name", definition.name)
    set("parent", "\(definition.parent)")
    set("tags", definition.publication.tags.joined(separator: ","))
    set("build-date", UTCDate.text(time))
    switch definition.content {
    case .base(let layer):
      set("type", "base")
      set("package-manager", layer.packageManager.rawValue)
      set("repositories", layer.repositories.map(\.alias).joined(separator: ","))
      set("packages", layer.packages.joined(separator: ","))
      set("package-groups", layer.groups.joined(separator: ","))
    case .ansible: set("type", "ansible")
    }
    labels[LayerInputs.label] = inputs
    let words = labels.sorted { $0.key < $1.key }.flatMap { ["--label", "\($0.key)=\($0.value)"] }
    try await store.buildah(["config"] + words + [container.name])
  }
}

extension LayerDefinition {
  /// The programs of the host that make the layer.
  var tools: [RequiredTool] {
    let buildah = RequiredTool(name: "buildah", package: "buildah", purpose: "build layers")
    return switch content {
    case .base(let layer):
      [buildah] + (parent == .scratch ? layer.packageManager.installation.hostTools : [])
        + (layer.scan.vulnerabilities == nil ? [] : [SecurityScanRun.decompressor])
    case .ansible: [buildah, AnsiblePlay.tool]
    }
  }
}

/// A layer is to be published that was not built.
struct NotBuilt: ExitStatusError, CustomStringConvertible {
  let name: String

  var exitStatus: ExitStatus { .dataError }
  var description: String { "\(name) is not in the store; build it first, without --no-build" }
}

/// A command of a layer has failed.
struct InsideCommandFailure: Error, CustomStringConvertible {
  let place: String
  let command: String
  let failure: CommandFailure

  var description: String {
    let lines = failure.lastLines.map { "\n    \(visible($0))" }.joined()
    return "\(place): the command '\(visible(command))' \(failure.reason.sentence)"
      + (lines.isEmpty ? ", and printed nothing" : "; its last lines:\(lines)")
  }
}
