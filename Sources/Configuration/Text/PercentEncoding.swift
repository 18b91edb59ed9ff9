/// Returns the bytes without the escapes `%XX` of URLs (RFC 3986). What is no escape is unchanged.
package func percentDecoded(_ bytes: some Sequence<UInt8>) -> [UInt8] {
  var rest = Array(bytes)[...]
  var result: [UInt8] = []
  while let byte = rest.popFirst() {
    let digits = String(decoding: rest.prefix(2), as: UTF8.self)
    if byte == UInt8(ascii: "%"), digits.utf8.count == 2, let escaped = UInt8(digits, radix: 16) {
      result.append(escaped)
      rest.removeFirst(2)
    } else {
      result.append(byte)
    }
  }
  return result
}

/// Returns a path as it stands in a URL: all bytes except `/` and the unreserved characters are
/// escaped (RFC 3986, section 2.3).
package func percentEncoded(path: String) -> String {
  path.utf8.map { byte in
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
      UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "/"):
      return String(UnicodeScalar(byte))
    default:
      let digits = String(byte, radix: 16, uppercase: true)
      return digits.utf8.count == 1 ? "%0\(digits)" : "%\(digits)"
    }
  }.joined()
}
