import Bindings
import Configuration
import SystemPackage

/// `OUTVERSION.vhd.zst` (or `.gz`, `.xz`): a fixed VHD for Azure and Hyper-V, which is the raw image
/// and a footer. It is compressed like the image, because publishing does not keep holes.
///
/// Azure takes disks of whole MiB (https://learn.microsoft.com/azure/virtual-machines/linux/create-upload-generic).
struct VHDImage: RawImageContainer {
  static let name = "vhd"
  static let option = Options.image.makesVHD
  static let compressionTypes = Compression.allCases.map { "vhd+\($0.rawValue)" }
  private static let unitInBytes: UInt64 = 1 << 20

  private let compression: Compression

  init(_ configuration: Configuration) throws {
    compression = try configuration.value(Options.image.compression)
  }

  static func tools(toRead image: ReadManifest.RawImage) -> [RequiredTool] {
    [compression(of: image)?.tool].compactMap { $0 }
  }

  private static func compression(of image: ReadManifest.RawImage) -> Compression? {
    Compression.allCases.first { image.compressionType == "vhd+\($0.rawValue)" }
  }

  func make(_ context: FormatContext) async throws -> [MadeImage] {
    let path = context.stage.paths.output("vhd.\(compression.rawValue)")
    let size = context.image.sizeInBytes.roundedUp(toMultipleOf: Self.unitInBytes)
    let footer = VHDFooter(
      diskSizeInBytes: size, timestamp: context.timestamp,
      identifier: context.identifiers.bytes("vhd"))
    let facts = try await compression.compress(
      FramedFile(
        context.image.path, zerosInBytes: size - context.image.sizeInBytes, trailer: footer.bytes),
      to: FormatContext.partial(path))
    return [
      MadeImage(
        key: Self.name, files: [.init(path: path, facts: facts.target)],
        compressionType: "vhd+\(compression.rawValue)", content: .rawImage(sizeInBytes: size))
    ]
  }

  static func check(
    _ file: FilePath, _ expected: ReadManifest.RawImage, scratch: FilePath
  ) async throws {
    guard let compression = compression(of: expected) else {
      throw ExtractedImage.Mismatch(description: "has an unknown compression")
    }
    let content = FramedContent(
      expected, headerSizeInBytes: 0, maximumTrailerInBytes: VHDFooter.size)
    try await UnpackedBytes.read(file, compression) { try content.append($0) }
    let footer = try content.finish().trailer
    guard VHDFooter.isRight(footer, diskSizeInBytes: expected.diskSizeInBytes) else {
      throw ExtractedImage.Mismatch(
        description: "does not end with the footer of a fixed VHD of "
          + "\(expected.diskSizeInBytes) bytes")
    }
  }
}

/// The footer of a fixed VHD ("Virtual Hard Disk Image Format Specification" of Microsoft, version
/// 1.0). Numbers are stored most significant byte first.
struct VHDFooter {
  static let size = 512
  private static let checksumPlace = 64..<68
  /// 2000-01-01 in seconds since 1970.
  private static let epoch: UInt64 = 946_684_800

  let bytes: [UInt8]

  /// - Parameter identifier: 16 bytes.
  init(diskSizeInBytes: UInt64, timestamp: UInt64, identifier: [UInt8]) {
    let time = UInt32(clamping: max(timestamp, Self.epoch) - Self.epoch)
    self.init(diskSizeInBytes: diskSizeInBytes, time: time.bigEndianBytes, identifier: identifier)
  }

  private init(diskSizeInBytes: UInt64, time: [UInt8], identifier: [UInt8]) {
    var bytes = Array("conectix".utf8)
    bytes += UInt32(2).bigEndianBytes  // features: reserved, always set
    bytes += UInt32(0x1_0000).bigEndianBytes  // version of the format
    bytes += UInt64.max.bigEndianBytes  // no dynamic disk header
    bytes += time
    // Programs that know this creator of qemu-img take the size, and not the geometry, for the size.
    bytes += Array("qem2".utf8) + UInt32(0x5_0003).bigEndianBytes + Array("Wi2k".utf8)
    bytes += diskSizeInBytes.bigEndianBytes + diskSizeInBytes.bigEndianBytes
    bytes += UInt16.max.bigEndianBytes + [16, 255]  // the greatest geometry
    bytes += UInt32(2).bigEndianBytes  // fixed
    bytes += [0, 0, 0, 0] + identifier
    bytes += [UInt8](repeating: 0, count: Self.size - bytes.count)
    let checksum = ~bytes.reduce(0 as UInt32) { $0 + UInt32($1) }
    bytes.replaceSubrange(Self.checksumPlace, with: checksum.bigEndianBytes)
    self.bytes = bytes
  }

  /// Whether bytes are the footer of a disk of this size, with any time and identifier.
  static func isRight(_ bytes: [UInt8], diskSizeInBytes: UInt64) -> Bool {
    guard bytes.count == size else { return false }
    return bytes
      == VHDFooter(
        diskSizeInBytes: diskSizeInBytes, time: Array(bytes[24..<28]),
        identifier: Array(bytes[68..<84])
      ).bytes
  }
}
