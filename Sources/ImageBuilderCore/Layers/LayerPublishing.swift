import Bindings
import Configuration
import SystemPackage

/// Publishes a layer: to a registry, to an object store, and to the host's own store. All files are made
/// before anything is published.
struct LayerPublishing {
  /// The store of the host, which podman and buildah use without settings.
  private static let hostStore = "[overlay@/var/lib/containers/storage+/run/containers/storage]"
  static let hostDirectories: [FilePath] = ["/var/lib/containers", "/run/containers"]

  let definition: LayerDefinition
  let built: LayerBuild.Built
  let store: ContainerStore
  /// A directory for the files that are published.
  let directory: FilePath
  let helpers: FilePath
  let output: LayerOutput

  private var publication: LayerPublication { definition.publication }

  /// - Returns: the names of what was published.
  /// - Throws: `IncompletePublication`, with what was published before; `NoKernel`; `CommandFailure`;
  ///   `CancellationError`; `S3CredentialsError`.
  func run() async throws -> [String] {
    guard !publication.isNowhere else {
      output.warn(
        "nothing is published (publish_registry, publish_s3, publish_local); the image is "
          + "localhost/\(definition.name(tag: publication.tags[0])) in \(store.directory)")
      return []
    }
    let layout = directory.appending("oci")
    if publication.registry != nil {
      try await store.buildah(["push", "--quiet", built.image, "oci:\(layout):layer"])
    }
    let client = try publication.objectStore.map(client)
    var objects: [NetbootContent.Object] = []
    if let objectStore = publication.objectStore {
      objects = try await netbootContent(objectStore).objects
    }
    var published: [String] = []
    do {
      if let registry = publication.registry {
        for tag in publication.tags {
          published.append(try await push(layout, "\(registry)/\(definition.name(tag: tag))"))
        }
      }
      if let client {
        for object in objects { published.append(try await put(object, client)) }
      }
      if publication.isLocal {
        for tag in publication.tags {
          let name = "localhost/\(definition.name(tag: tag))"
          try await store.skopeo([
            "copy", store.reference(built.image), store.reference("\(Self.hostStore)\(name)"),
          ])
          published.append("\(name) in /var/lib/containers")
        }
      }
    } catch let error as CancellationError {
      throw error
    } catch {
      throw IncompletePublication(published: published, cause: error)
    }
    for name in published { output.say("published \(name)") }
    return published
  }

  /// - Returns: the name with the digest that the registry has.
  private func push(_ layout: FilePath, _ name: String) async throws -> String {
    let access = publication.push
    let target = "docker://\(name)"
    do {
      try await store.skopeo(
        ["copy", "--preserve-digests"] + access.options("dest-")
          + ["oci:\(layout):layer", target])
    } catch let failure as CommandFailure {
      throw RegistryFailure(name: name, option: .registryOptionsPush, failure)
    }
    let inspect = ["inspect", "--format", "{{.Digest}}"]
    let own = trimmed(try await store.skopeo(inspect + ["oci:\(layout):layer"]))
    let found = trimmed(try await store.skopeo(inspect + access.options() + [target]))
    guard own == found else { throw OtherDigest(name: name, sent: own, found: found) }
    return "\(name)@\(found)"
  }

  private func client(_ store: LayerPublication.ObjectStore) throws -> S3Client {
    let environment = currentEnvironment()
    let names = ["S3_ACCESS", "S3_SECRET"]
    let keys = names.compactMap { name in environment[name].flatMap { $0.isEmpty ? nil : $0 } }
    guard keys.count == names.count else { throw NoStoreKeys(names: names) }
    if store.endpoint.scheme == "http" {
      output.warn("\(store.endpoint.host) is reached without TLS, as publish_s3 says")
    }
    return S3Client(
      store: S3Store(bucket: store.bucket, region: nil, endpoint: store.endpoint),
      credentials: S3Credentials(accessKeyID: keys[0], secretAccessKey: keys[1]),
      transport: HTTPTransport(), retry: try .configured(report: output.warn))
  }

  private func netbootContent(
    _ objectStore: LayerPublication.ObjectStore
  ) async throws -> NetbootContent {
    try await store.withContainer(of: built.image) { container in
      let root = LayerRoot(
        path: container.root, hasParent: true, scratch: directory, downloads: directory,
        helpers: helpers, output: output, time: try await store.image(built.image).created ?? 0,
        hasNetwork: false)
      return try await NetbootContent(
        root, definition.name, publication, objectStore, directory: directory)
    }
  }

  private func put(_ object: NetbootContent.Object, _ client: S3Client) async throws -> String {
    let name = client.store.name(of: object.key)
    let facts = object.facts
    try await reachingObjectStore(name) {
      try await S3FileUpload(
        client: client, key: object.key, file: object.file, sizeInBytes: facts.sizeInBytes,
        digest: facts.digest, headers: [], meter: TransferMeter { _ in }
      ).run(resuming: nil)
      guard
        try await client.holds(object.key, digest: facts.digest, sizeInBytes: facts.sizeInBytes)
      else {
        throw UnreachableDestination(
          place: name, reason: "the object is not the one that was written")
      }
    }
    return name
  }
}

/// A registry has another image under a name than the one that was sent.
struct OtherDigest: Error, CustomStringConvertible {
  let name: String
  let sent: String
  let found: String

  var description: String {
    "\(name) has the digest \(found), but \(sent) was sent; somebody else may have pushed it meanwhile"
  }
}

/// The keys for an object store are not in the environment.
struct NoStoreKeys: ExitStatusError, CustomStringConvertible {
  let names: [String]

  var exitStatus: ExitStatus { .unavailable }
  var description: String {
    "publish_s3 is set, but \(names.joined(separator: " and ")), the keys of its account, are not in the "
      + "environment"
  }
}

/// A part of a layer is published.
struct IncompletePublication: ExitStatusError, CustomStringConvertible {
  let published: [String]
  let cause: any Error

  var exitStatus: ExitStatus { ExitStatus(of: cause) }
  var description: String {
    let done =
      published.isEmpty
      ? "Nothing was published." : "Published before:" + listed(published)
    return "the layer could not be published: \(cause)\n  \(done)\n  "
      + "Give the command again; the layer itself is in the store and is not built again."
  }
}
