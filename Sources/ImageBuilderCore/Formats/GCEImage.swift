import Bindings
import Configuration
import SystemPackage

/// `OUTVERSION.gce.tar.gz`: the image for Google Compute Engine, a tar archive of the old GNU format
/// with the file `disk.raw`, whose size is whole GiB
/// (https://cloud.google.com/compute/docs/import/import-existing-image).
struct GCEImage: RawImageContainer {
  static let name = "gce"
  static let option = Options.image.makesGCE
  static let architectures: [Architecture] = [.amd64, .arm64]
  static let compressionTypes = ["tar+gz"]

  private static let unitInBytes: UInt64 = 1 << 30

  init(_ configuration: Configuration) {}

  /// A GiB of zeros at the end takes a MiB.
  func spaceInBytes(dataSizeInBytes: UInt64) -> UInt64 { dataSizeInBytes + (2 << 20) }

  static func tools(toRead image: ReadManifest.RawImage) -> [RequiredTool] { [] }

  func make(_ context: FormatContext) async throws -> [MadeImage] {
    let path = context.stage.paths.output("gce.tar.gz")
    let size = context.image.sizeInBytes.roundedUp(toMultipleOf: Self.unitInBytes)
    let member = TarMember(name: "disk.raw", sizeInBytes: size, timestamp: context.timestamp)
    let facts = try await Compression.gz.compress(
      FramedFile(
        context.image.path, header: member.header,
        zerosInBytes: member.archiveSizeInBytes - UInt64(member.header.count)
          - context.image.sizeInBytes),
      to: FormatContext.partial(path))
    return [
      MadeImage(
        key: Self.name, files: [.init(path: path, facts: facts.target)],
        compressionType: "tar+gz", content: .rawImage(sizeInBytes: size))
    ]
  }

  static func check(
    _ file: FilePath, _ expected: ReadManifest.RawImage, scratch: FilePath
  ) async throws {
    let size = expected.diskSizeInBytes
    let end =
      TarMember(name: "disk.raw", sizeInBytes: size, timestamp: 0).archiveSizeInBytes
      - size - UInt64(TarMember.blockSize)
    let content = FramedContent(
      expected, headerSizeInBytes: TarMember.blockSize, maximumTrailerInBytes: Int(end))
    try await UnpackedBytes.read(file, .gz) { try content.append($0) }
    let frame = try content.finish()
    guard TarMember.isRight(frame.header, name: "disk.raw", sizeInBytes: size),
      frame.trailer == [UInt8](repeating: 0, count: Int(end))
    else {
      throw ExtractedImage.Mismatch(
        description: "is not a tar archive with disk.raw of \(size) bytes alone")
    }
  }
}

/// The only member of a tar archive of the old GNU format (GNU tar manual, "Basic Tar Format").
struct TarMember {
  static let blockSize = 512
  /// Archives are written in records of 20 blocks.
  private static let recordSize: UInt64 = 20 * 512
  private static let timePlace = 136..<148
  private static let checksumPlace = 148..<156
  /// Greater sizes do not fit into 11 octal digits.
  private static let largestOctal: UInt64 = 1 << 33

  let header: [UInt8]
  /// The size of the archive with the two blocks of zeros at its end.
  let archiveSizeInBytes: UInt64

  init(name: String, sizeInBytes: UInt64, timestamp: UInt64) {
    // Name, mode, and owner and group 0.
    var bytes = Self.padded(Array(name.utf8), to: 100)
    for number: UInt64 in [0o644, 0, 0] { bytes += Self.octal(number, digits: 7) }
    bytes += Self.size(sizeInBytes) + Self.octal(timestamp, digits: 11)
    bytes += Array("        0".utf8) + [UInt8](repeating: 0, count: 100)  // a regular file
    bytes += Array("ustar  ".utf8) + [0]
    bytes += Self.padded(Array("root".utf8), to: 32) + Self.padded(Array("root".utf8), to: 32)
    bytes = Self.padded(bytes, to: Self.blockSize)
    let checksum = bytes.reduce(0 as UInt64) { $0 + UInt64($1) }
    bytes.replaceSubrange(
      Self.checksumPlace, with: Self.octal(checksum, digits: 6) + [UInt8(ascii: " ")])
    header = bytes
    archiveSizeInBytes =
      (UInt64(3 * Self.blockSize) + sizeInBytes.roundedUp(toMultipleOf: UInt64(Self.blockSize)))
      .roundedUp(toMultipleOf: Self.recordSize)
  }

  /// Whether bytes are the header of this member, with any time.
  static func isRight(_ bytes: [UInt8], name: String, sizeInBytes: UInt64) -> Bool {
    guard bytes.count == blockSize,
      let time = UInt64(String(decoding: bytes[timePlace].dropLast(), as: UTF8.self), radix: 8)
    else { return false }
    return bytes == TarMember(name: name, sizeInBytes: sizeInBytes, timestamp: time).header
  }

  private static func padded(_ bytes: [UInt8], to size: Int) -> [UInt8] {
    bytes + [UInt8](repeating: 0, count: size - bytes.count)
  }

  private static func octal(_ number: UInt64, digits: Int) -> [UInt8] {
    let text = String(number, radix: 8)
    return [UInt8](repeating: UInt8(ascii: "0"), count: max(0, digits - text.count))
      + Array(text.utf8) + [0]
  }

  /// Greater sizes are binary, with the highest bit set.
  private static func size(_ number: UInt64) -> [UInt8] {
    number < largestOctal ? octal(number, digits: 11) : [0x80, 0, 0, 0] + number.bigEndianBytes
  }
}
