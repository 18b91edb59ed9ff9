import Configuration
import SystemPackage

/// A form in which the disk image of a build is published. A new one is a type in a file of its own
/// and a line in `ImageFormats.all`.
protocol ImageFormat: Sendable {
  /// The key in `images` of the manifest.
  static var name: String { get }

  /// Nil when the configuration does not ask for the format.
  ///
  /// - Throws: `ConfigurationError`.
  init?(_ configuration: Configuration) throws

  /// The programs that make it and read it.
  var tools: [RequiredTool] { get }

  /// Makes the file and its sidecars from the raw image, each complete before it has its name.
  ///
  /// - Parameter key: what signs; nil when nothing is signed.
  /// - Returns: what the raw image holds, and what the manifest says of the new file.
  /// - Throws: whatever fails; there is no image without its checksum and signature.
  func make(
    from rawImage: FilePath, _ key: SigningKey?, _ context: StageContext
  ) async throws -> (raw: Artifact, image: OutputManifest.Image)
}

/// The formats that there are.
enum ImageFormats {
  private static let all: [any ImageFormat.Type] = [CompressedDiskImage.self]

  /// Their names.
  static let names: [String] = all.map { $0.name }

  /// Those that a configuration asks for.
  ///
  /// - Throws: `ConfigurationError`.
  static func wanted(by configuration: Configuration) throws -> [any ImageFormat] {
    try all.compactMap { try $0.init(configuration) }
  }

  /// Makes all that the configuration asks for, and writes their part of the manifest.
  ///
  /// - Throws: as `ImageFormat.make`.
  static func make(from rawImage: FilePath, _ context: StageContext) async throws {
    let (configuration, paths) = (context.configuration, context.paths)
    var images: [String: JSONValue] = [:]
    for format in try wanted(by: configuration) {
      let (raw, image) = try await SigningKey.with(configuration, paths) { key in
        try await format.make(from: rawImage, key, context)
      }
      images[type(of: format).name] = try image.json
      try KeptImage.keep(raw, paths)
    }
    try ManifestFragments.write(["images": .object(images)], named: "images", paths)
  }
}
