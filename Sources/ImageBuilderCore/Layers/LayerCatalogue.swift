import Bindings
import Configuration
import Glibc
import SystemPackage

/// The images in the store.
package struct LayerCatalogue: Sendable {
  /// An image in the store.
  struct Entry: Sendable {
    /// The ID.
    let image: String
    let names: [String]
    let digest: String
    /// Seconds since 1970.
    let created: UInt64
    let size: String
    let parent: String?
    let inputs: String?
  }

  let entries: [Entry]

  /// `image-builder layer list`.
  ///
  /// - Throws: `BuildError.notRoot`; `MissingTool`; `CommandFailure`; `Interruption`.
  package static func list(_ cache: FilePath) throws -> LayerCatalogue {
    try withStore(cache) { try await read($0) }
  }

  /// `image-builder layer prune`.
  ///
  /// - Parameters:
  ///   - all: whether images with names are removed, too.
  ///   - isConfirmed: false only tells what would be removed.
  /// - Returns: a line for each image.
  /// - Throws: as `list`.
  package static func prune(_ cache: FilePath, all: Bool, isConfirmed: Bool) throws -> String {
    try withStore(cache) { store in
      try await store.removeLeftContainers()
      let unneeded = try await read(store).entries.filter { all || $0.names.isEmpty }
      for entry in unneeded where isConfirmed {
        try await store.buildah(["rmi", "--force", entry.image])
      }
      let verb = isConfirmed ? "removed" : "would remove"
      let lines = unneeded.map {
        "\(verb) \($0.names.isEmpty ? $0.digest : $0.names.joined(separator: " ")), \($0.size)"
      }
      let end =
        unneeded.isEmpty
        ? ["nothing to remove"] : isConfirmed ? [] : ["nothing was changed; --yes removes them"]
      return (lines + end).map { visible($0) + "\n" }.joined()
    }
  }

  private static func withStore<Result: Sendable>(
    _ cache: FilePath, _ body: @escaping @Sendable (ContainerStore) async throws -> Result
  ) throws -> Result {
    guard geteuid() == 0 else { throw BuildError.notRoot }
    _ = try RequiredTool(name: "buildah", package: "buildah", purpose: "look after layers").find()
    let directory = ContainerStore.directory(in: cache)
    try Directories.create(cache)
    return try TerminationSignals.run {
      let lock = try await BlockingWork.run { _ in
        try FileLock.acquire(FilePath("\(directory).lock"), .exclusive)
      }
      let result = try await TemporaryDirectory.with(in: "/tmp") { run in
        try await body(ContainerStore(directory, run: run))
      }
      withExtendedLifetime(lock) {}
      return result
    }
  }

  private static func read(_ store: ContainerStore) async throws -> LayerCatalogue {
    let list = try JSONValue(parsing: try await store.buildah(["images", "--json", "--no-trunc"]))
    var entries: [Entry] = []
    for item in list.members {
      guard let id = item["id"]?.string.map({ String($0.trimmingPrefix("sha256:")) }) else {
        continue
      }
      let image = try await store.image(id)
      entries.append(
        Entry(
          image: id, names: (item["names"]?.members ?? []).compactMap(\.string).sorted(),
          digest: image.digest, created: image.created ?? 0, size: item["size"]?.string ?? "",
          parent: image.labels["org.openchami.image.parent"],
          inputs: image.labels[LayerInputs.label]))
    }
    return LayerCatalogue(
      entries: entries.sorted { ($0.created, $1.image) > ($1.created, $0.image) })
  }

  /// A line for each image: names, time, size, and parent.
  package var text: String {
    entries.map { entry in
      let names =
        entry.names.isEmpty ? "without a name: \(entry.digest)" : entry.names.joined(separator: " ")
      let parent = entry.parent.map { "  on \($0)" } ?? ""
      return visible("\(names)  \(UTCDate.text(entry.created))  \(entry.size)\(parent)") + "\n"
    }.joined()
  }

  /// - Throws: `EncodingError`.
  package func json() throws -> JSONValue {
    .object([
      "schema": .integer(1),
      "images": .array(
        entries.map { entry in
          .object([
            "names": .array(entry.names.map(JSONValue.string)), "digest": .string(entry.digest),
            "created": .string(UTCDate.text(entry.created)), "size": .string(entry.size),
            "parent": .optional(entry.parent), "inputs": .optional(entry.inputs),
          ])
        }),
    ])
  }
}
