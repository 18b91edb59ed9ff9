import Configuration
import Glibc
import SystemPackage

/// The raw image that a compressed one was made of, which the check stage looks into: unpacking it
/// again would only write the same bytes.
///
/// A record beside it tells whether it is still the file that was hashed: writing to a file sets
/// the time of its last change, which nobody can choose.
struct KeptImage: Sendable {
  let disk: RawDiskImage
  /// SHA-256 in lower-case hexadecimal.
  let digest: String

  /// Notes what the image is, once it was hashed.
  ///
  /// - Throws: `LinuxError`.
  static func keep(_ image: Artifact, _ paths: BuildPaths) throws {
    guard let state = state(of: image.path) else { return }
    try FileAccess.write("\(image.digest) \(state.text)", to: paths.rawImageRecord)
  }

  /// Nil when there is none, or it was changed.
  init?(_ paths: BuildPaths) {
    guard let record = try? FileAccess.text(of: paths.rawImageRecord),
      let state = Self.state(of: paths.rawImage), record.hasSuffix(" \(state.text)")
    else { return nil }
    disk = RawDiskImage(path: paths.rawImage, sizeInBytes: state.sizeInBytes)
    digest = String(record.prefix { $0 != " " })
  }

  private static func state(of path: FilePath) -> (text: String, sizeInBytes: UInt64)? {
    var status = stat()
    guard lstat(path.string, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    let text =
      "\(status.st_dev) \(status.st_ino) \(status.st_size) \(status.st_ctim.tv_sec) "
      + "\(status.st_ctim.tv_nsec)"
    return (text, UInt64(status.st_size))
  }
}
