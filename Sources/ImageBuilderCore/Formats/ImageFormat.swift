import Configuration
import SystemPackage

/// A form in which the disk image of a build is published. To add a format, add a type in its own
/// file and a line in `ImageFormats.all`.
protocol ImageFormat: Sendable {
  /// The key in `images` of the manifest.
  static var name: String { get }
  /// Whether the manifest describes the raw image in the file, which verification then unpacks. Such
  /// a format needs all fields of `OutputManifest.Image`.
  static var isCompressedRawImage: Bool { get }

  /// Returns nil if the configuration does not select the format.
  ///
  /// - Throws: `ConfigurationError`.
  init?(_ configuration: Configuration) throws

  /// The programs that make and read the format.
  var tools: [RequiredTool] { get }

  /// Makes the file and its sidecar files from the raw image. Each is complete before it gets its
  /// name.
  ///
  /// - Parameter signer: nil if nothing is signed.
  /// - Returns: the raw image with its digest, and the description of the new file in the manifest.
  /// - Throws: any error. There is no image without its checksum and signature.
  func make(
    from rawImage: FilePath, _ signer: (any Signer)?, _ context: StageContext
  ) async throws -> (raw: Artifact, image: OutputManifest.Image)
}

/// All formats.
enum ImageFormats {
  private static let all: [any ImageFormat.Type] = [CompressedDiskImage.self]

  /// The names of the formats that contain the raw image.
  static let compressed: [String] = all.filter { $0.isCompressedRawImage }.map { $0.name }

  /// The formats that the configuration selects.
  ///
  /// - Throws: `ConfigurationError`.
  static func wanted(by configuration: Configuration) throws -> [any ImageFormat] {
    try all.compactMap { try $0.init(configuration) }
  }

  /// Makes all selected formats and writes their part of the manifest.
  ///
  /// - Throws: as `ImageFormat.make`.
  static func make(from rawImage: FilePath, _ context: StageContext) async throws {
    let (configuration, paths) = (context.configuration, context.paths)
    var images: [String: JSONValue] = [:]
    for format in try wanted(by: configuration) {
      let (raw, image) = try await Signing.with(configuration, paths) { signer in
        try await format.make(from: rawImage, signer, context)
      }
      images[type(of: format).name] = try image.json
      try KeptImage.keep(raw, paths)
    }
    try ManifestFragments.write(["images": .object(images)], named: "images", paths)
  }
}
