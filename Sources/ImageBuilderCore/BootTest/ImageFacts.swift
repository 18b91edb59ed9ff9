import FoundationEssentials
import SystemPackage

/// What the manifest says of the image that is booted, and of the system in it.
struct ImageFacts: Sendable {
  let file: String
  /// The SHA-256 of the compressed image.
  let digest: String
  /// What the booted system must say of itself.
  let system: BootExpectation

  private struct Manifest: Decodable {
    struct Images: Decodable { let full: Image }
    struct Image: Decodable {
      let file: String
      let sha256: String
    }
    struct Tree: Decodable { let commit: String }

    let images: Images
    let ostree: Tree
    let system: OSRelease?

    enum CodingKeys: String, CodingKey {
      case images, ostree
      case system = "os_release"
    }
  }

  /// - Throws: `BuildError.unreadableManifest`.
  init(_ paths: BuildPaths) throws {
    let path = paths.output("manifest.json")
    let manifest: Manifest
    do {
      let bytes = try UntrustedFile.bytes(
        of: path, maximumSizeInBytes: JSONValue.largestFileInBytes)
      manifest = try JSONDecoder().decode(Manifest.self, from: Data(bytes))
    } catch {
      throw BuildError.unreadableManifest(path, reason: "\(error)")
    }
    let image = manifest.images.full
    file = image.file
    digest = image.sha256
    system = BootExpectation(commit: manifest.ostree.commit, system: manifest.system)
  }
}
