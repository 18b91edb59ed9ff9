import FoundationEssentials

/// The armour of a detached OpenPGP signature (RFC 4880, section 6).
///
/// GnuPG passes over header lines, text around the armour and more. Here a signature has one form,
/// so that no byte of its file can change unseen.
enum ArmouredSignature {
  private static let begin = "-----BEGIN PGP SIGNATURE-----"
  private static let end = "-----END PGP SIGNATURE-----"
  private static let lineLength = 64

  /// A signature's packet as GnuPG writes it, without header lines.
  static func text(of packet: [UInt8]) -> String {
    let body = Array(Data(packet).base64EncodedData())
    let lines = stride(from: 0, to: body.count, by: lineLength).map {
      String(decoding: body[$0..<min($0 + lineLength, body.count)], as: UTF8.self)
    }
    return
      ([begin, ""] + lines + ["=" + Data(checksumBytes(of: packet)).base64EncodedString(), end, ""])
      .joined(separator: "\n")
  }

  /// The packet in a text; nil when the text is not as `text(of:)` makes it.
  static func packet(in text: String) -> [UInt8]? {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard lines.count > 5,
      let packet = Data(base64Encoded: lines[2..<(lines.count - 3)].joined()),
      self.text(of: Array(packet)).utf8.elementsEqual(text.utf8)
    else { return nil }
    return Array(packet)
  }

  /// CRC-24 of RFC 4880, section 6.1.
  private static func checksumBytes(of bytes: [UInt8]) -> [UInt8] {
    var checksum = 0xb704ce
    for byte in bytes {
      checksum ^= Int(byte) << 16
      for _ in 0..<8 {
        checksum <<= 1
        if checksum & 0x1000000 != 0 { checksum ^= 0x1864cfb }
      }
    }
    return [checksum >> 16, checksum >> 8, checksum].map { UInt8($0 & 0xff) }
  }
}
