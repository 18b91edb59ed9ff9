import Bindings

/// Identifiers of filesystems and partitions. They are derived from the inputs of the image, so
/// that the same inputs give the same image.
struct DerivedIdentifiers: Sendable {
  private let seed: String

  /// - Parameters:
  ///   - inputs: what identifies the image: the output version and the commit.
  ///   - areUnique: whether the identifiers are random instead.
  init(_ inputs: [String], areUnique: Bool = false) {
    let chance = areUnique ? [String(UInt64.random(in: 0 ... .max))] : []
    seed = (inputs + chance).joined(separator: "\0")
  }

  private init(seed: String) {
    self.seed = seed
  }

  /// Other identifiers, for a part of the image with objects of the same names.
  func ofPart(_ name: String) -> DerivedIdentifiers {
    DerivedIdentifiers(seed: "\(seed)\0\(name)")
  }

  /// A UUID of version 8 (RFC 9562: custom) for the object with this name.
  func uuid(_ name: String) -> String {
    var digits = Array(MessageDigest.hexadecimal(of: "\(seed)\0\(name)").prefix(32))
    digits[12] = "8"
    digits[16] = "8"
    let parts = [digits[..<8], digits[8..<12], digits[12..<16], digits[16..<20], digits[20...]]
    return parts.map { String($0) }.joined(separator: "-")
  }

  /// The 16 bytes of the UUID for the object with this name.
  func bytes(_ name: String) -> [UInt8] {
    let digits = Array(uuid(name).utf8.filter { $0 != UInt8(ascii: "-") })
    return stride(from: 0, to: digits.count, by: 2).map { index in
      UInt8(String(decoding: digits[index..<(index + 2)], as: UTF8.self), radix: 16) ?? 0
    }
  }

  /// A FAT volume ID: eight hexadecimal digits.
  func volumeID(_ name: String) -> String {
    String(MessageDigest.hexadecimal(of: "\(seed)\0\(name)").prefix(8))
  }
}
