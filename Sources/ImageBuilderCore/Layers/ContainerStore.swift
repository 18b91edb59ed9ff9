import Bindings
import Configuration
import SystemPackage

/// The store of images and containers below the cache, which buildah and skopeo use. It has nothing to do
/// with the store of the host, /var/lib/containers.
struct ContainerStore: Sendable {
  /// An image of the store.
  struct Image: Sendable, Equatable {
    /// The digest of its manifest.
    let digest: String
    /// Seconds since 1970; nil if the image does not say.
    let created: UInt64?
    let labels: [String: String]
    let architecture: String
    /// Whether its history has an entry for each layer. OCI does not demand it, and buildah cannot commit a
    /// child of such an image's child.
    let hasWholeHistory: Bool
  }

  /// A container that is mounted.
  struct Container: Sendable {
    let name: String
    let root: FilePath
  }

  /// The name of the containers of layers begins so.
  private static let prefix = "layer-"

  /// CACHEDIR/containers.
  let directory: FilePath
  /// What the store needs while it is used. Mounts are forgotten with it.
  private let run: FilePath
  private let environment: [String: String]

  static func directory(in cache: FilePath) -> FilePath { cache.appending("containers") }

  /// - Parameter run: an empty directory whose path is short.
  /// - Throws: `LinuxError`.
  init(_ directory: FilePath, run: FilePath) throws {
    self.directory = directory
    self.run = run
    let storage = run.appending("storage.conf")
    let containers = run.appending("containers.conf")
    try Directories.create(directory)
    try FileAccess.write(
      """
      [storage]
      driver = "overlay"
      graphroot = "\(directory)"
      runroot = "\(run)/run"

      """, to: storage, waitsForDisk: false)
    // The host's directory for this may be read-only.
    try FileAccess.write(
      "[network]\nnetwork_config_dir = \"\(run)/networks\"\n", to: containers,
      waitsForDisk: false)
    var environment = Command.toolEnvironment
    environment["CONTAINERS_STORAGE_CONF"] = storage.string
    environment["CONTAINERS_CONF"] = containers.string
    environment["HOME"] = run.string
    environment["TMPDIR"] = "/var/tmp"
    self.environment = environment
  }

  /// Runs buildah, and returns what it prints to standard output.
  ///
  /// - Throws: `CommandFailure`; `CancellationError`.
  @discardableResult
  func buildah(_ arguments: [String]) async throws -> String {
    try await Command("buildah", arguments, environment: environment).output()
  }

  /// Runs skopeo in the same way.
  @discardableResult
  func skopeo(_ arguments: [String]) async throws -> String {
    try await Command("skopeo", arguments, environment: environment).output()
  }

  /// Removes the containers that builds which were killed have left. The lock of the store must be held.
  func removeLeftContainers() async throws {
    let format = ["--all", "--noheading", "--format", "{{.ContainerName}}"]
    for name in try await buildah(["containers"] + format).split(separator: "\n")
    where name.hasPrefix(Self.prefix) {
      try await buildah(["rm", String(name)])
    }
  }

  /// An image that is in the store.
  ///
  /// - Parameter name: a name or an ID.
  /// - Throws: `CommandFailure`; `CancellationError`; `DecodingError` or `UnknownDescription` if buildah
  ///   describes it in another way.
  func image(_ name: String) async throws -> Image {
    let text = try await buildah(["inspect", "--type", "image", name])
    return try Image(name, JSONValue(parsing: text))
  }

  /// All names of images.
  func names() async throws -> Set<String> {
    let text = try await buildah(
      ["images", "--noheading", "--format", "{{.Name}}:{{.Tag}}"])
    return Set(text.split(separator: "\n").map(String.init))
  }

  /// The ID of an image with a label; nil if there is none.
  func image(label: String, _ value: String) async throws -> String? {
    try await buildah(
      ["images", "--quiet", "--no-trunc", "--filter", "label=\(label)=\(value)"]
    ).split(separator: "\n").first.map { String($0.trimmingPrefix("sha256:")) }
  }

  /// Calls `body` with a mounted container of an image, and removes it.
  ///
  /// - Parameter image: `scratch`, an ID, or a name in the store.
  func withContainer<Result: Sendable>(
    of image: String, _ body: (Container) async throws -> Result
  ) async throws -> Result {
    let name = "\(Self.prefix)\(UInt64.random(in: .min ... .max))"
    try await buildah(["from", "--pull-never", "--name", name, image])
    let result: Result
    do {
      let root = try await buildah(["mount", name])
      result = try await body(Container(name: name, root: FilePath(trimmed(root))))
    } catch {
      // A cancelled task cannot start programs; the next build removes the container.
      if !(error is CancellationError) { try? await remove(name) }
      throw error
    }
    try await remove(name)
    return result
  }

  private func remove(_ name: String) async throws {
    try await buildah(["umount", name])
    try await buildah(["rm", name])
  }

  /// Makes an image of a container.
  ///
  /// - Parameters:
  ///   - time: that of the image and its files, in seconds since 1970.
  ///   - isOneLayer: whether the image has one layer in place of those of its parent and a further one.
  /// - Returns: its ID.
  func commit(_ container: Container, time: UInt64, isOneLayer: Bool) async throws -> String {
    try await trimmed(
      buildah(
        ["commit", "--quiet", "--format", "oci", "--timestamp", "\(time)"]
          + (isOneLayer ? ["--squash"] : []) + [container.name]))
  }

  /// The name of an image for skopeo.
  func reference(_ image: String) -> String { "containers-storage:\(image)" }
}

extension ContainerStore.Image {
  /// Reads what `buildah inspect --type image` prints.
  fileprivate init(_ name: String, _ inspection: JSONValue) throws {
    guard let digest = inspection["FromImageDigest"]?.string, let image = inspection["OCIv1"] else {
      throw UnknownDescription(name: name)
    }
    self.digest = digest
    created = image["created"]?.string.flatMap(UTCDate.seconds)
    if case .object(let labels)? = image["config"]?["Labels"] {
      self.labels = labels.compactMapValues(\.string)
    } else {
      labels = [:]
    }
    architecture = image["architecture"]?.string ?? ""
    let entries = (image["history"]?.members ?? []).filter {
      if case .boolean(true)? = $0["empty_layer"] { false } else { true }
    }
    hasWholeHistory = entries.count == image["rootfs"]?["diff_ids"]?.members.count
  }
}

/// buildah describes an image in a form that is not known.
struct UnknownDescription: Error, CustomStringConvertible {
  let name: String

  var description: String {
    "buildah inspect describes \(name) without a digest or a configuration; buildah 1.28 or later is needed"
  }
}

/// A text without blanks and line ends around it.
func trimmed(_ text: some StringProtocol) -> String {
  String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
}
