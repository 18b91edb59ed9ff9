import Bindings
import Configuration
import Glibc
import SystemPackage

/// What layers would be made of now: a digest for each, by what repositories and registries offer. Nothing is
/// built, and no store is needed.
package struct LayerProbe: Sendable {
  private let definitions: [LayerDefinition]

  /// - Parameter requests: layers whose parents are images of registries, or layers before them. The
  ///   first proxy that one of them names is used for all.
  /// - Throws: `YAMLProblems`; `ConfigurationError`.
  package init(_ requests: [LayerRequest]) throws {
    definitions = try requests.map(LayerReading.definition)
  }

  /// Must be called on the main thread of a process without other threads.
  ///
  /// - Returns: a line for each layer: its name and the digest.
  /// - Throws: `ParentError`; `RegistryFailure`; `RepositoryError`; `LinuxError`; `MissingTool`; `Interruption`.
  package func run() throws -> String {
    if let proxy = definitions.compactMap(\.proxy).first {
      for name in LayerDefinition.proxyVariables { setenv(name, proxy, 1) }
    }
    return try TerminationSignals.run {
      let output = LayerOutput(.warning)
      let fetch = try LayerFetch(say: output.warn)
      let helpers = try ProgramFiles.sourceDirectory().appending("helpers")
      var digests: [String: String] = [:]
      var lines: [String] = []
      for definition in definitions {
        let parent = try await parent(of: definition, digests)
        var metadata: [RepositoryMetadata] = []
        if case .base(let layer) = definition.content {
          metadata = try await RepositoryMetadata.ask(layer, fetch)
        }
        // The time of the image follows from the rest.
        let digest = try LayerInputs(
          definition, parent, metadata, programs: [], helpers: helpers, time: 0
        ).digest
        for tag in definition.publication.tags {
          digests[definition.name(tag: tag)] = digest
          digests["localhost/\(definition.name(tag: tag))"] = digest
        }
        lines.append("\(definition.name) \(digest)\n")
      }
      return lines.joined()
    }
  }

  private func parent(
    of definition: LayerDefinition, _ digests: [String: String]
  ) async throws -> ParentImage {
    guard case .image(let name) = definition.parent else { return .scratch }
    if let digest = digests[ParentImage.tagged(name)] {
      return ParentImage(name: name, digest: digest, created: nil)
    }
    let skopeo = try RequiredTool(
      name: "skopeo", package: "skopeo", purpose: "ask for the parents of layers"
    ).find()
    let digest = try await ParentImage.digest(of: name, definition.pull) {
      try await Command(skopeo.string, $0).output()
    }
    return ParentImage(name: name, digest: digest, created: nil)
  }
}
