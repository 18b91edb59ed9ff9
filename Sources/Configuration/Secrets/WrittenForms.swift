import FoundationEssentials

/// The forms in which programs write a text.
enum WrittenForms {
  /// Returns the text unchanged, with escape sequences, with escaped single quotes, and in base64.
  /// Quotes are also escaped twice, as in traces of bash of a word that is already quoted.
  static func all(of text: [UInt8]) -> [[UInt8]] {
    var forms = [text] + Escapes.ofText.compactMap { $0(text) }
    // `printf %q` escapes a tilde that a shell would expand.
    forms += forms.filter { $0.contains(UInt8(ascii: "~")) }.map {
      $0.replacing("=~".utf8, with: #"=\~"#.utf8).replacing(":~".utf8, with: #":\~"#.utf8)
    }
    // JSON in ASCII. Bytes that bash traces one at a time are shown as replacement characters.
    let beyondASCII = forms.filter { $0.contains { $0 >= 0x80 } }
    let texts = beyondASCII.map { String(decoding: $0, as: UTF8.self) }
    forms += texts.map(inASCII) + texts.map { Array($0.utf8) }
    for quotes in [Escapes.ofQuotes, [Escapes.ofQuotes[0]]] {
      forms += Set(forms).flatMap { form in quotes.compactMap { $0(form) } }
    }
    let encoded = base64(text)
    return forms + encoded + encoded.flatMap { word in Escapes.ofBase64.compactMap { $0(word) } }
  }

  /// Returns the base64 of the text, with and without a newline at its end, and in lines as
  /// `base64` and `openssl` write them; and, for each alignment, the characters that do not depend
  /// on adjacent bytes. The results are in both alphabets, with and without padding.
  private static func base64(_ text: [UInt8]) -> [[UInt8]] {
    let alone = [text, text + "\n".utf8].flatMap { text in
      [Data.Base64EncodingOptions(), .lineLength64Characters, .lineLength76Characters].flatMap {
        Data(text).base64EncodedString(options: $0).split(whereSeparator: \.isNewline)
      }
    }
    let inside = (0..<3).map { precedingBytes in
      (Data(count: precedingBytes) + text).base64EncodedString()
        .prefix((precedingBytes + text.count) * 8 / 6).dropFirst((precedingBytes * 8 + 5) / 6)
    }
    let padded = (alone + inside).map { Array($0.utf8) }
    let forms = padded + padded.compactMap { Escapes.withoutPadding($0) }
    return (forms + forms.compactMap { Escapes.urlSafeAlphabet($0) })
      .filter { $0.count >= Configuration.shortestFilteredValue }
  }

  private static func inASCII(_ text: String) -> [UInt8] {
    text.unicodeScalars.flatMap { scalar in
      scalar.isASCII
        ? [UInt8(scalar.value)]
        : scalar.utf16.flatMap { "\\u\(String(0x10000 + Int($0), radix: 16).dropFirst())".utf8 }
    }
  }
}
