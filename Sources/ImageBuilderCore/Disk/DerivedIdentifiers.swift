import Bindings

/// Identifiers of filesystems and partitions that follow from what the image is made of, so that
/// the same inputs give the same image.
struct DerivedIdentifiers: Sendable {
  private let seed: String

  /// - Parameters:
  ///   - inputs: what tells one image from another: the output version and the commit.
  ///   - areUnique: whether chance decides instead.
  init(_ inputs: [String], areUnique: Bool = false) {
    let chance = areUnique ? [String(UInt64.random(in: 0 ... .max))] : []
    seed = (inputs + chance).joined(separator: "\0")
  }

  /// A version 8 UUID (RFC 9562: custom) for the thing called `name`.
  func uuid(_ name: String) -> String {
    var digits = Array(MessageDigest.hexadecimal(of: "\(seed)\0\(name)").prefix(32))
    digits[12] = "8"
    digits[16] = "8"
    let parts = [digits[..<8], digits[8..<12], digits[12..<16], digits[16..<20], digits[20...]]
    return parts.map { String($0) }.joined(separator: "-")
  }

  /// Eight hexadecimal digits for a FAT volume.
  func volumeID(_ name: String) -> String {
    String(MessageDigest.hexadecimal(of: "\(seed)\0\(name)").prefix(8))
  }
}
