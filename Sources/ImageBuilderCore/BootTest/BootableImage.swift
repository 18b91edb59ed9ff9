import Configuration
import SystemPackage

/// The image to boot and the system in it, according to the manifest.
struct BootableImage: Sendable {
  /// The name of the compressed image.
  let file: String
  /// The SHA-256 of the compressed image.
  let digest: String
  /// The names of the files of each format.
  let files: [String: [String]]
  /// What the booted system must report.
  var system: BootExpectation

  /// - Throws: `OutputError.unreadableManifest`.
  init(_ paths: BuildPaths) throws {
    let path = paths.output(OutputManifest.fileExtension)
    func refusal(_ reason: String) -> OutputError { .unreadableManifest(path, reason: reason) }
    let manifest: ReadManifest
    do {
      let text = try UntrustedFile.text(
        of: path, maximumSizeInBytes: JSONValue.largestFileInBytes)
      manifest = ReadManifest(
        parsing: text, name: path.lastComponent?.string ?? "",
        compressionTypes: ImageFormats.compressionTypes)
    } catch {
      throw refusal("\(error)")
    }
    guard let image = manifest.images.first(where: { $0.format == CompressedDiskImage.name }),
      let listed = manifest.files[image.file], let commit = manifest.commit,
      manifest.findings.isEmpty
    else {
      throw refusal(
        manifest.findings.first?.problem ?? "it has no images.\(CompressedDiskImage.name)")
    }
    file = image.file.text
    digest = listed.digest
    files = Dictionary(uniqueKeysWithValues: manifest.images.map { ($0.format, $0.files) })
    system = BootExpectation(commit: commit, system: manifest.osRelease)
  }
}
