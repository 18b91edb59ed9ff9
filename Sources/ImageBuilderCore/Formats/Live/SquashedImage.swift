import Bindings
import Configuration
import SystemPackage

/// The raw disk image in a SquashFS that is a part of a file.
struct SquashedImage: Sendable {
  static let tool = RequiredTool(
    name: "unsquashfs", package: "squashfs-tools",
    purpose: "read live media (image:iso, image:netboot)")
  private static let magic = Array("hsqs".utf8)
  private static let headerSizeInBytes = 96
  /// The place in the header of the size without the zeros at the end.
  private static let sizePlace = 40
  /// mksquashfs adds zeros up to a multiple of this.
  private static let unitInBytes: UInt64 = 4096

  let file: FilePath
  let offsetInBytes: UInt64

  /// Requires that a part of the file contains the SquashFS and nothing else.
  ///
  /// - Throws: `ExtractedImage.Mismatch`; `Errno`; `UntrustedFile.Refusal`.
  func requireSize(_ sizeInBytes: UInt64) throws {
    let file = try UntrustedFile.open(file)
    defer { try? file.close() }
    guard sizeInBytes >= UInt64(Self.headerSizeInBytes) else { throw Self.otherSize(sizeInBytes) }
    let header = try file.bytes(Self.headerSizeInBytes, at: offsetInBytes)
    let used = header.littleEndian(at: Self.sizePlace, as: UInt64.self)
    guard header.starts(with: Self.magic), used <= sizeInBytes,
      used.roundedUp(toMultipleOf: Self.unitInBytes) == sizeInBytes,
      try file.bytes(Int(sizeInBytes - used), at: offsetInBytes + used).allSatisfy({ $0 == 0 })
    else { throw Self.otherSize(sizeInBytes) }
  }

  private static func otherSize(_ sizeInBytes: UInt64) -> ExtractedImage.Mismatch {
    ExtractedImage.Mismatch(
      description: "has an \(LiveFiles.squash) of \(sizeInBytes) bytes that is not just a SquashFS")
  }

  /// Reads the image, and compares it with the expected one. Names and links in the SquashFS lead to
  /// no file of the host, because unsquashfs writes the image to a pipe.
  ///
  /// - Throws: `ExtractedImage.Mismatch`; `Errno`; `LinuxError`; `CommandFailure` if unsquashfs
  ///   cannot be started.
  func check(_ expected: ReadManifest.RawImage) async throws {
    let command = Command(
      "unsquashfs",
      [
        "-o", "\(offsetInBytes)", "-da", "32", "-fr", "32", "-cat", file.string, LiveFiles.image,
      ])
    let (checked, failure) = try await command.run { pipe, cancellation in
      var check = ContentCheck(expected)
      try UnpackedBytes.pass(pipe, cancellation) { try check.append($0) }
      try check.finish()
    }
    if let failure, case .notStarted = failure.reason { throw failure }
    do {
      try checked.get()
    } catch let mismatch as ExtractedImage.Mismatch {
      guard let failure, case .exited = failure.reason else { throw mismatch }
      throw ExtractedImage.Mismatch(
        description: "cannot be read: \(failure.lastLines.joined(separator: "; "))")
    }
  }
}
