import Configuration
import SystemPackage

/// All forms in which the disk image is published: the compressed image, which is always made, and
/// the formats that the configuration selects.
enum ImageFormats {
  /// Those that take longest come first.
  private static let all: [any ImageFormat.Type] = [
    ISOImage.self, NetbootImage.self, OVFImage.self, GCEImage.self, QCOW2Image.self, VHDImage.self,
    BootArchive.self,
  ]

  /// The values of `compression_type` in the manifest, for the keys in `images` that must describe
  /// the raw image.
  static let compressionTypes: [String: [String]] = Dictionary(
    uniqueKeysWithValues: [CompressedDiskImage.name, OutputManifest.secondDisk].map {
      ($0, Compression.allCases.map(\.rawValue))
    }
      + containers.flatMap { container in
        [container.name, container.secondDiskName].compactMap { $0 }
          .map { ($0, container.compressionTypes) }
      })

  private static var containers: [any RawImageContainer.Type] {
    all.compactMap { $0 as? any RawImageContainer.Type }
  }

  /// The container with a name; nil if images of this name are only compressed.
  static func container(named name: String) -> (any RawImageContainer.Type)? {
    containers.first { $0.name == name || $0.secondDiskName == name }
  }

  /// The formats that the configuration selects and that exist for its architecture.
  ///
  /// - Throws: `ConfigurationError`.
  static func selected(by configuration: Configuration) throws -> [any ImageFormat] {
    let arch = try configuration.value(Options.build.arch)
    return try requested(by: configuration).filter { $0.architectures.contains(arch) }
      .map { try $0.init(configuration) }
  }

  /// A line for each format that the configuration selects and that does not exist for its
  /// architecture.
  ///
  /// - Throws: `ConfigurationError`.
  static func skipped(by configuration: Configuration) throws -> [String] {
    let arch = try configuration.value(Options.build.arch)
    return try requested(by: configuration).filter { !$0.architectures.contains(arch) }.map {
      let known = $0.architectures.map(\.rawValue).joined(separator: ", ")
      return "\($0.option.name) is skipped: the format is for \(known), not for \(arch)"
    }
  }

  private static func requested(
    by configuration: Configuration
  ) throws -> [any ImageFormat.Type] {
    try all.filter { try configuration.value($0.option) }
  }

  /// The programs that make and read what the configuration selects.
  ///
  /// - Throws: `ConfigurationError`.
  static func tools(for configuration: Configuration) throws -> [RequiredTool] {
    let compression = try configuration.value(Options.image.compression)
    return try [compression.tool].compactMap { $0 }
      + selected(by: configuration).flatMap(\.tools)
  }

  /// The most space that the compressed image and the formats that the configuration selects take.
  ///
  /// - Parameter dataSizeInBytes: the size of the raw images without their holes.
  /// - Throws: `ConfigurationError`.
  static func space(
    for configuration: Configuration, dataSizeInBytes: UInt64
  ) throws -> FormatSpace {
    let formats = try selected(by: configuration)
    let isAnyUnpacked = formats.contains {
      (type(of: $0) as? any RawImageContainer.Type)?.isUnpackedToCheck == true
    }
    return FormatSpace(
      outputsInBytes: formats.reduce(dataSizeInBytes) {
        $0 + $1.spaceInBytes(dataSizeInBytes: dataSizeInBytes)
      },
      temporaryInBytes: formats.contains { $0 is any LiveFormat }
        ? LiveMedia.spaceInBytes(dataSizeInBytes: dataSizeInBytes) : 0,
      unpackedInBytes: isAnyUnpacked ? dataSizeInBytes : 0)
  }
}

/// The space that the compressed image and some formats take.
struct FormatSpace: Equatable {
  /// The files in OUTDIR.
  let outputsInBytes: UInt64
  /// What the formats share while they are made.
  let temporaryInBytes: UInt64
  /// The largest file that the check stage unpacks to verify a format.
  let unpackedInBytes: UInt64
}
