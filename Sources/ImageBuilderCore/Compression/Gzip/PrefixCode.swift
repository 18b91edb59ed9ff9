/// A canonical Huffman code of deflate as a lookup table. The index is the next bits of the stream.
struct PrefixCode {
  /// A symbol and the total length of its code and its extra bits; length 0 for an unused code.
  struct Entry {
    private let value: UInt16

    static let unused = Entry(symbol: 0, sizeInBits: 0)

    init(symbol: Int, sizeInBits: Int) {
      value = UInt16(symbol << 5 | sizeInBits)
    }

    var symbol: Int { Int(value >> 5) }
    var sizeInBits: Int { Int(value & 31) }
  }

  static let maximumLengthInBits = 15

  let entries: [Entry]
  let mask: UInt64

  /// - Parameters:
  ///   - lengths: the code length of each symbol; 0 for symbols that do not occur.
  ///   - extraBits: the number of extra bits that follow each symbol.
  /// - Throws: `DeflateBlocks.Malformed` if there are too many symbols, or too many codes of a
  ///   length.
  init(lengths: ArraySlice<UInt8>, extraBits: [UInt8]) throws {
    guard lengths.count <= extraBits.count else { throw DeflateBlocks.Malformed() }
    let longest = Int(lengths.max() ?? 0)
    var counts = [Int](repeating: 0, count: Self.maximumLengthInBits + 1)
    for length in lengths where length > 0 { counts[Int(length)] += 1 }
    var nextCodes = [0, 0]
    for length in 1...Self.maximumLengthInBits {
      let next = nextCodes[length] + counts[length]
      guard next <= 1 << length else { throw DeflateBlocks.Malformed() }
      nextCodes.append(next << 1)
    }
    let size = 1 << longest
    mask = UInt64(size - 1)
    entries = [Entry](unsafeUninitializedCapacity: size) { entries, count in
      entries.initialize(repeating: .unused)
      count = size
      for (symbol, length) in zip(0..., lengths) where length > 0 {
        let length = Int(length)
        let entry = Entry(symbol: symbol, sizeInBits: length + Int(extraBits[symbol]))
        var index = Self.reversed(nextCodes[length], length)
        nextCodes[length] += 1
        while index < size {
          entries[index] = entry
          index += 1 << length
        }
      }
    }
  }

  private static func reversed(_ code: Int, _ length: Int) -> Int {
    var (rest, result) = (code, 0)
    for _ in 0..<length {
      result = result << 1 | rest & 1
      rest >>= 1
    }
    return result
  }
}
