import Configuration

/// What release notes compare of a version.
struct VersionContent: Sendable {
  let commit: String?
  let osVersion: String?
  /// The versions of packages, by name; nil if the manifest does not list them.
  let packages: [String: String]?
  /// The digests of what the version was made of, by name; nil if they were not published.
  let inputs: [String: String]?
  let images: [ReleaseNotes.Image]

  /// Reads the files of a version.
  ///
  /// - Returns: nil if there is no manifest.
  /// - Throws: `UnreachableDestination`.
  init?(of version: FleetSurvey.Version, _ survey: FleetSurvey) async throws {
    guard let manifest = try await survey.manifest(of: version) else { return nil }
    commit = manifest["ostree"]?["commit"]?.string
    osVersion = manifest["os_release"]?["version"]?.string
    packages = manifest["packages"].flatMap(Self.texts)
    let inputs = try await survey.json("inputs.json", of: version)
    self.inputs = inputs.flatMap { Self.texts($0["entries"] ?? $0) }
    images = (manifest["images"]?.members ?? []).compactMap { $0["file"]?.string }.sorted()
      .compactMap { name in
        guard let file = manifest["files"]?[name], let size = file["size"]?.count,
          let digest = file["sha256"]?.string
        else { return nil }
        let start = "\(version.version.name)."
        return ReleaseNotes.Image(
          file: name, kind: name.hasPrefix(start) ? String(name.dropFirst(start.count)) : name,
          size: size, sha256: digest)
      }
  }

  /// The texts of an object; nil if this is none.
  private static func texts(_ value: JSONValue) -> [String: String]? {
    guard case .object(let object) = value else { return nil }
    return object.compactMapValues(\.string)
  }
}
