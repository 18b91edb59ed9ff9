import Bindings
import Configuration
import SystemPackage

/// `OUTVERSION.qcow2`: an image for QEMU and for clouds, compressed with Zstandard. Its disk is
/// larger than the raw image, so that the first boot has room to grow into. The second disk is in
/// `OUTVERSION.disk2.qcow2`.
struct QCOW2Image: RawImageContainer {
  static let name = "qcow2"
  static let option = Options.image.makesQCOW2
  static let compressionTypes = ["qcow2"]
  static let secondDiskName: String? = "\(OutputManifest.secondDisk)-qcow2"
  static let isUnpackedToCheck = true

  private static let tool = RequiredTool(
    name: "qemu-img", package: "qemu-utils", purpose: "make and read qcow2 images (image:qcow2)")
  /// Larger clusters compress better: 253 MB in place of 273 MB with clusters of 64 KiB.
  private static let clusterSize = "2M"
  /// The headers and tables of two disks, each of which takes at least a cluster.
  private static let tablesInBytes: UInt64 = 32 << 20

  private let extraSizeInBytes: UInt64

  init(_ configuration: Configuration) throws {
    extraSizeInBytes = try configuration.value(Options.image.qcow2ExtraSize)
  }

  var tools: [RequiredTool] { [Self.tool] }
  static func tools(toRead image: ReadManifest.RawImage) -> [RequiredTool] { [tool] }

  func spaceInBytes(dataSizeInBytes: UInt64) -> UInt64 { dataSizeInBytes + Self.tablesInBytes }

  func make(_ context: FormatContext) async throws -> [MadeImage] {
    let paths = context.stage.paths
    var made = [try await make(context.image, paths.output("qcow2"), Self.name)]
    if let disk = context.secondDisk, let name = Self.secondDiskName {
      made.append(try await make(disk, paths.output("\(OutputManifest.secondDisk).qcow2"), name))
    }
    return made
  }

  private func make(
    _ image: RawDiskImage, _ path: FilePath, _ key: String
  ) async throws -> MadeImage {
    let partial = FormatContext.partial(path)
    let diskSizeInBytes = image.sizeInBytes + extraSizeInBytes.roundedUp(toMultipleOf: 512)
    // With -W, the order of the clusters would depend on the speed of the threads.
    try await Command(
      "qemu-img",
      [
        "convert", "-c", "-f", "raw", "-O", "qcow2",
        "-o", "compression_type=zstd,cluster_size=\(Self.clusterSize)",
        image.path.string, partial.string,
      ]
    ).run()
    if diskSizeInBytes > image.sizeInBytes {
      try await Command(
        "qemu-img", ["resize", "-q", "-f", "qcow2", partial.string, "\(diskSizeInBytes)"]
      ).run()
    }
    return MadeImage(
      key: key, files: [.init(path: path)], compressionType: Self.name,
      content: .rawImage(sizeInBytes: diskSizeInBytes))
  }

  static func check(
    _ file: FilePath, _ expected: ReadManifest.RawImage, scratch: FilePath
  ) async throws {
    let header = try QCOW2Header(UntrustedFile.beginning(of: file, sizeInBytes: QCOW2Header.size))
    if let problem = header.problem(expected) {
      throw ExtractedImage.Mismatch(description: problem)
    }
    let disk = scratch.appending("disk.img")
    let source: JSONValue = [
      "driver": "qcow2", "backing": .null,
      "file": ["driver": "file", "filename": .string(file.string)],
    ]
    do {
      try await Command(
        "qemu-img", ["convert", "-O", "raw", "json:\(source.text())", disk.string]
      ).run()
    } catch let failure as CommandFailure {
      if case .notStarted = failure.reason { throw failure }
      if KnownCause.find(in: failure.lastLines) == .noSpace {
        throw SparseFile.NoRoom(directory: scratch, errno: .noSpace)
      }
      // The message begins with the description of the image.
      let message = failure.lastLines.last.map { $0.split(separator: "': ").last ?? "" } ?? ""
      throw ExtractedImage.Mismatch(description: "cannot be read: \(message)")
    }
    try await BlockingWork.run { _ in try ContentCheck.check(disk, expected) }
  }
}

/// The header of a qcow2 image (QEMU: docs/interop/qcow2.txt).
private struct QCOW2Header {
  static let size = 104
  private static let magic: UInt32 = 0x5146_49fb
  /// The compression type is not that of version 2.
  private static let compressionTypeBit: UInt64 = 1 << 3

  private let bytes: [UInt8]

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// Why the image is not read; nil if it contains all of its data and has the expected size.
  func problem(_ expected: ReadManifest.RawImage) -> String? {
    guard bytes.count == Self.size, bytes.bigEndian(at: 0, as: UInt32.self) == Self.magic,
      bytes.bigEndian(at: 4, as: UInt32.self) == 3
    else { return "is not a qcow2 image of version 3" }
    guard bytes.bigEndian(at: 8, as: UInt64.self) == 0,
      bytes.bigEndian(at: 16, as: UInt32.self) == 0
    else {
      return "names a backing file; an image must contain all of its data"
    }
    guard bytes.bigEndian(at: 72, as: UInt64.self) & ~Self.compressionTypeBit == 0 else {
      return "has its data in another file, is damaged, or has features that no image of this "
        + "program has"
    }
    guard bytes.bigEndian(at: 32, as: UInt32.self) == 0,
      bytes.bigEndian(at: 60, as: UInt32.self) == 0
    else {
      return "is encrypted or has snapshots"
    }
    let size = bytes.bigEndian(at: 24, as: UInt64.self)
    guard size == expected.diskSizeInBytes else {
      return "contains a disk of \(size) bytes, not the \(expected.diskSizeInBytes) that the "
        + "manifest says"
    }
    return nil
  }
}
