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
    let body = Array(encode(packet).utf8)
    let lines = stride(from: 0, to: body.count, by: lineLength).map {
      String(decoding: body[$0..<min($0 + lineLength, body.count)], as: UTF8.self)
    }
    return ([begin, ""] + lines + ["=" + encode(checksumBytes(of: packet)), end, ""])
      .joined(separator: "\n")
  }

  /// The packet in a text; nil when the text is not as `text(of:)` makes it.
  static func packet(in text: String) -> [UInt8]? {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard lines.count > 5, let packet = decode(lines[2..<(lines.count - 3)].joined()),
      self.text(of: packet).utf8.elementsEqual(text.utf8)
    else { return nil }
    return packet
  }

  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  private static func encode(_ bytes: [UInt8]) -> String {
    var characters: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      let value = (group + [0, 0]).prefix(3).reduce(0) { $0 << 8 | Int($1) }
      let digits = [18, 12, 6, 0].map { alphabet[value >> $0 & 63] }
      characters += digits.prefix(group.count + 1)
      characters += Array(repeating: UInt8(ascii: "="), count: 3 - group.count)
    }
    return String(decoding: characters, as: UTF8.self)
  }

  /// Nil when there is another character than digits with `=` behind them.
  private static func decode(_ text: String) -> [UInt8]? {
    var (bytes, value, bits): ([UInt8], Int, Int) = ([], 0, 0)
    for character in text.utf8.reversed().drop(while: { $0 == UInt8(ascii: "=") }).reversed() {
      guard let digit = alphabet.firstIndex(of: character) else { return nil }
      value = (value << 6 | digit) & 0xffff
      bits += 6
      if bits >= 8 {
        bits -= 8
        bytes.append(UInt8(value >> bits & 0xff))
      }
    }
    return bytes
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
