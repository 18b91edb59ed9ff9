import Bindings
import Configuration
import SystemPackage

/// `OUTVERSION.boot.zip`: boot loaders in EIB's layout, as far as the tree has their parts. It
/// contains no disk.
struct BootArchive: ImageFormat {
  static let name = "boot"
  static let option = Options.image.makesBootArchive
  static let architectures: [Architecture] = [.amd64]

  /// Larger files are in no archive: the files of trees have up to 16 MiB, and two are joined.
  private static let largestMemberInBytes: UInt64 = 64 << 20

  init(_ configuration: Configuration) {}

  /// Boot programs and modules, whatever the image has.
  func spaceInBytes(dataSizeInBytes: UInt64) -> UInt64 { 32 << 20 }

  func make(_ context: FormatContext) async throws -> [MadeImage] {
    for warning in context.bootFiles?.warnings ?? [] { context.stage.say("warning: \(warning)") }
    guard let parts = context.bootFiles, !parts.files.isEmpty else {
      context.stage.say("\(Self.option.name): the tree has nothing for boot.zip, so it is not made")
      return []
    }
    let path = context.stage.paths.output("boot.zip")
    try await BlockingWork.run { _ in
      let archive = try ZipWriter(FormatContext.partial(path), timestamp: context.timestamp)
      for (name, content) in parts.files.sorted(by: { $0.key < $1.key }) {
        try archive.add(name, content, isDeflated: true)
      }
      try archive.finish()
    }
    return [
      MadeImage(key: Self.name, files: [.init(path: path)], compressionType: "zip", content: .files)
    ]
  }

  /// Reads all members. The archive must be the one that this program writes of them, except that
  /// the streams may be those of another version of libdeflate.
  ///
  /// - Throws: `ExtractedImage.Mismatch`; `Errno`; `UntrustedFile.Refusal`; `CancellationError`.
  static func check(_ path: FilePath) async throws {
    try await BlockingWork.run { cancellation in
      let file = try UntrustedFile.open(path)
      defer { try? file.close() }
      let archive = try ZipReader(file)
      let names = archive.members.map(\.entry.name)
      guard !names.isEmpty, names == Set(names).sorted() else {
        throw ExtractedImage.Mismatch(
          description: "has no members, one of them twice, or not in the order of their names")
      }
      for member in archive.members {
        try cancellation.check()
        let entry = member.entry
        guard !entry.hasLongSizes, (entry.method == .stored) == (entry.sizeInBytes == 0) else {
          throw ZipReader.unknown
        }
        _ = try archive.bytes(of: member, maximumSizeInBytes: largestMemberInBytes)
      }
    }
  }
}
