import FoundationEssentials

/// The ASCII armor of a detached OpenPGP signature (RFC 4880, section 6).
///
/// GnuPG accepts header lines, text around the armor and other variations. This type accepts
/// exactly one form, so that any changed byte of a signature file is detected.
enum ArmoredSignature {
  private static let begin = "-----BEGIN PGP SIGNATURE-----"
  private static let end = "-----END PGP SIGNATURE-----"
  private static let lineLength = 64

  /// The armored form of a signature packet as GnuPG writes it, without header lines.
  static func text(of packet: [UInt8]) -> String {
    let body = Array(Data(packet).base64EncodedData())
    let lines = stride(from: 0, to: body.count, by: lineLength).map {
      String(decoding: body[$0..<min($0 + lineLength, body.count)], as: UTF8.self)
    }
    return
      ([begin, ""] + lines + ["=" + Data(checksumBytes(of: packet)).base64EncodedString(), end, ""])
      .joined(separator: "\n")
  }

  /// The packet in an armored text; nil if the text differs from the result of `text(of:)`.
  static func packet(in text: String) -> [UInt8]? {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard lines.count > 5,
      let packet = Data(base64Encoded: lines[2..<(lines.count - 3)].joined()),
      self.text(of: Array(packet)).utf8.elementsEqual(text.utf8)
    else { return nil }
    return Array(packet)
  }

  /// The packet in an armor that another program may have written: with header lines, lines of
  /// another length or with other ends, and without a checksum, which RFC 9580 no longer wants. Nil if
  /// the text is not one such armor.
  static func packet(inAnyArmor text: String) -> [UInt8]? {
    var lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .map { String($0.reversed().drop(while: \.isWhitespace).reversed()) }
    while lines.last == "" { lines.removeLast() }
    guard lines.first == begin, lines.last == end, let blank = lines.firstIndex(of: "") else {
      return nil
    }
    var body = lines[(blank + 1)...].dropLast()
    // The packet has three bytes at least, so that four characters are a checksum.
    if let last = body.last, last.hasPrefix("="), last.utf8.count == 5 { body.removeLast() }
    return Data(base64Encoded: body.joined()).map(Array.init)
  }

  /// CRC-24 (RFC 4880, section 6.1).
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
