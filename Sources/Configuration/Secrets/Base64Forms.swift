/// How a text shows in base64.
enum Base64Forms {
  /// Where tools break lines: `base64` and `openssl`.
  private static let columns = [76, 64]
  /// Shorter pieces of encoded text stand in too many other texts.
  private static let shortestInBytes = 6

  private static let standard = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  private static let safeInURLs = standard.dropLast(2) + Array("-_".utf8)

  /// The text alone, with a newline behind it as `echo` writes it, broken into lines, and what
  /// shows of it inside a longer encoded text, in both alphabets.
  static func all(of text: [UInt8]) -> Set<[UInt8]> {
    var forms: Set<[UInt8]> = []
    for alphabet in [standard, Array(safeInURLs)] {
      for alone in [text, text + [UInt8(ascii: "\n")]] {
        let encoded = encode(alone, alphabet)
        let padded = encoded + Array("=".utf8).repeated((4 - encoded.count % 4) % 4)
        forms.formUnion([encoded, padded])
        for columns in columns { forms.formUnion(lines(padded, columns)) }
      }
      for precedingBytes in 0..<3 {
        forms.insert(inside(text, precedingBytes, alphabet))
      }
    }
    return forms.filter { $0.count >= shortestInBytes }
  }

  /// The characters that depend on no neighbour of the text.
  private static func inside(
    _ text: [UInt8], _ precedingBytes: Int, _ alphabet: [UInt8]
  ) -> [UInt8] {
    let encoded = encode([0].repeated(precedingBytes) + text, alphabet)
    let begin = (precedingBytes * 8 + 5) / 6
    let end = (precedingBytes + text.count) * 8 / 6
    return Array(encoded[begin..<end])
  }

  /// Without padding.
  private static func encode(_ bytes: [UInt8], _ alphabet: [UInt8]) -> [UInt8] {
    var encoded: [UInt8] = []
    var waiting = 0
    var waitingBits = 0
    for byte in bytes {
      waiting = (waiting << 8 | Int(byte)) & 0xffff
      waitingBits += 8
      while waitingBits >= 6 {
        waitingBits -= 6
        encoded.append(alphabet[waiting >> waitingBits & 0x3f])
      }
    }
    if waitingBits > 0 { encoded.append(alphabet[waiting << (6 - waitingBits) & 0x3f]) }
    return encoded
  }

  private static func lines(_ encoded: [UInt8], _ columns: Int) -> [[UInt8]] {
    stride(from: 0, to: encoded.count, by: columns).map {
      Array(encoded[$0..<min($0 + columns, encoded.count)])
    }
  }
}

extension [UInt8] {
  fileprivate func repeated(_ count: Int) -> [UInt8] {
    Array(repeatElement(self, count: count).joined())
  }
}
