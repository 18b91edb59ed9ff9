import Configuration
import SystemPackage

/// The raw image from which the compressed image was made. The check stage inspects it, because
/// unpacking the compressed image would only produce the same bytes.
///
/// A record beside the image shows whether the file has been modified since it was hashed.
struct KeptImage: Sendable {
  let disk: RawDiskImage
  /// SHA-256 in lower-case hexadecimal.
  let digest: String

  /// Writes the record after the image has been hashed.
  ///
  /// - Throws: `LinuxError`.
  static func keep(_ image: Artifact, _ paths: BuildPaths) throws {
    guard let state = FileState(of: image.path) else { return }
    try FileAccess.write("\(image.digest) \(state.text)", to: paths.rawImageRecord)
  }

  /// Returns nil if there is no such image or it has been modified.
  init?(_ paths: BuildPaths) {
    guard let record = try? FileAccess.text(of: paths.rawImageRecord),
      let state = FileState(of: paths.rawImage), record.hasSuffix(" \(state.text)")
    else { return nil }
    disk = RawDiskImage(path: paths.rawImage, sizeInBytes: state.sizeInBytes)
    digest = String(record.prefix { $0 != " " })
  }
}
