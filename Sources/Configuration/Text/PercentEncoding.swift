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
