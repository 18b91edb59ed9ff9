import Bindings
import Configuration
import SystemPackage

/// `OUTVERSION.ovf.zip`: a virtual machine for VMware and VirtualBox. The archive holds a
/// streamOptimized VMDK for each disk, which is larger than the raw image, the description of the
/// machine, and a manifest with their digests. Nothing in it is compressed again.
struct OVFImage: RawImageContainer {
  static let name = "ovfzip"
  static let option = Options.image.makesOVF
  static let architectures: [Architecture] = [.amd64]
  static let compressionTypes = ["ovf+zip"]

  private static let unitInBytes: UInt64 = 1 << 20

  private let productName: String
  private let processors: Int
  private let memoryInBytes: UInt64
  private let extraSizeInBytes: UInt64
  private let hardware: String
  private let firmware: Firmware

  init(_ configuration: Configuration) throws {
    let options = Options.virtualMachine
    productName = try configuration.value(Options.image.productName)
    processors = try configuration.value(options.processors)
    memoryInBytes = try configuration.value(options.memory)
    extraSizeInBytes = try configuration.value(options.extraSize)
    hardware = try configuration.value(options.hardware)
    firmware = try configuration.value(Options.image.firmware).contains(.uefi) ? .uefi : .bios
  }

  static func tools(toRead image: ReadManifest.RawImage) -> [RequiredTool] { [] }

  /// Data that cannot be compressed becomes larger by the markers of the VMDK.
  func spaceInBytes(dataSizeInBytes: UInt64) -> UInt64 { dataSizeInBytes + dataSizeInBytes / 64 }

  func make(_ context: FormatContext) async throws -> [MadeImage] {
    let path = context.stage.paths.output("ovf.zip")
    try await BlockingWork.run { cancellation in
      try write(to: FormatContext.partial(path), context, cancellation)
    }
    return [
      MadeImage(
        key: Self.name, files: [.init(path: path)], compressionType: "ovf+zip",
        content: .rawImage(sizeInBytes: diskSizeInBytes(context.image)))
    ]
  }

  private func diskSizeInBytes(_ image: RawDiskImage) -> UInt64 {
    (image.sizeInBytes + extraSizeInBytes).roundedUp(toMultipleOf: Self.unitInBytes)
  }

  private func write(
    to path: FilePath, _ context: FormatContext, _ cancellation: BlockingWork.Cancellation
  ) throws {
    let name = context.stage.paths.outputVersion
    let archive = try ZipWriter(path, timestamp: context.timestamp)
    let images = [context.image] + [context.secondDisk].compactMap { $0 }
    let disks = try zip(images, Self.diskNames(name)).map { image, file in
      let layout = VMDKLayout(
        name: file, diskSizeInBytes: diskSizeInBytes(image),
        contentID: context.identifiers.volumeID(String(file.dropFirst(name.count + 1))))
      return try archive.add(file) { append in
        try VMDKWriter.write(image, layout, threads: context.processors, cancellation, to: append)
      }
    }
    let description = OVFDescription(
      name: name, productName: productName,
      disks: zip(disks, images).map { disk, image in
        .init(
          file: disk.name, fileSizeInBytes: disk.sizeInBytes,
          capacityInBytes: diskSizeInBytes(image))
      },
      processors: processors, memoryInBytes: memoryInBytes, hardware: hardware, firmware: firmware)
    let ovf = try archive.add("\(name).ovf", Array(description.text.utf8))
    try archive.add("\(name).mf", Array(Self.manifest([ovf] + disks).utf8))
    try archive.finish()
  }

  /// The names of the files with the first and the second disk.
  static func diskNames(_ name: String) -> [String] {
    ["\(name).vmdk", "\(name).\(OutputManifest.secondDisk).vmdk"]
  }

  /// ESXi accepts no blank before the parenthesis.
  static func manifest(_ members: [ZipWriter.Member]) -> String {
    members.map { "SHA256(\($0.name))= \($0.digest)\n" }.joined()
  }

  static func check(
    _ file: FilePath, _ expected: ReadManifest.RawImage, scratch: FilePath
  ) async throws {
    try await BlockingWork.run { cancellation in
      let file = try UntrustedFile.open(file)
      defer { try? file.close() }
      try OVFReader(file, expected).run(cancellation)
    }
  }
}
