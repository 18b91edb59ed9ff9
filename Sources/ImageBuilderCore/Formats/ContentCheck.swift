import Bindings
import Configuration
import SystemPackage

/// Compares the disk in a file with the raw image that it must contain: the bytes of the image, then
/// zeros up to the size of the disk.
struct ContentCheck: ~Copyable {
  private let expected: ReadManifest.RawImage
  private let digest = MessageDigest()
  private var sizeInBytes: UInt64 = 0

  init(_ expected: ReadManifest.RawImage) {
    self.expected = expected
  }

  /// Compares the whole content of a raw disk image.
  ///
  /// - Throws: `ExtractedImage.Mismatch`; `Errno`.
  static func check(_ disk: FilePath, _ expected: ReadManifest.RawImage) throws {
    var check = ContentCheck(expected)
    var reader = try SparseFileReader(disk, pieceSizeInBytes: SparseFile.pieceSizeInBytes)
    let buffer = PieceBuffer(sizeInBytes: reader.pieceSizeInBytes)
    while let piece = try reader.next(into: buffer.bytes) { try check.append(piece) }
    try check.finish()
  }

  /// Adds bytes, which must not be empty.
  ///
  /// - Throws: `Mismatch` if the disk is too large, or has something else than zeros after the raw
  ///   image.
  mutating func append(_ bytes: UnsafeRawBufferPointer) throws(ExtractedImage.Mismatch) {
    let missing = expected.sizeInBytes - min(sizeInBytes, expected.sizeInBytes)
    let ofImage = Int(min(UInt64(bytes.count), missing))
    if ofImage > 0 { digest.update(UnsafeRawBufferPointer(rebasing: bytes[..<ofImage])) }
    let rest = UnsafeRawBufferPointer(rebasing: bytes[ofImage...])
    sizeInBytes += UInt64(bytes.count)
    guard sizeInBytes <= expected.diskSizeInBytes else {
      throw ExtractedImage.Mismatch(
        description: "contains a disk of more than the \(expected.diskSizeInBytes) bytes that the "
          + "manifest says")
    }
    guard rest.isEmpty || SparseFile.isZero(rest) else {
      throw ExtractedImage.Mismatch(
        description: "contains data after the \(expected.sizeInBytes) bytes of the raw image")
    }
  }

  /// Adds zeros, which need not be compared after the raw image.
  mutating func appendZeros(count: UInt64) {
    let missing = expected.sizeInBytes - min(sizeInBytes, expected.sizeInBytes)
    var ofImage = min(count, missing)
    sizeInBytes += count - ofImage
    let zeros = [UInt8](repeating: 0, count: Int(min(ofImage, 1 << 20)))
    while ofImage > 0 {
      let piece = min(ofImage, UInt64(zeros.count))
      zeros.withUnsafeBytes {
        digest.update(UnsafeRawBufferPointer(rebasing: $0[..<Int(piece)]))
      }
      sizeInBytes += piece
      ofImage -= piece
    }
  }

  /// Compares the size and the digest.
  ///
  /// - Throws: `Mismatch`.
  func finish() throws(ExtractedImage.Mismatch) {
    guard sizeInBytes == expected.diskSizeInBytes else {
      throw ExtractedImage.Mismatch(
        description: "contains a disk of \(sizeInBytes) bytes, not the \(expected.diskSizeInBytes) "
          + "that the manifest says")
    }
    let found = digest.hexadecimal
    guard found == expected.digest else {
      throw ExtractedImage.Mismatch(
        description: "contains an image with SHA-256 \(found), not the \(expected.digest) that the "
          + "manifest says")
    }
  }
}
