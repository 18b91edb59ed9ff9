/// Reads the elements of OpenPGP packets (RFC 4880, sections 3 and 4).
struct PacketReader {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) {
    rest = bytes[...]
  }

  var isAtEnd: Bool { rest.isEmpty }

  /// - Throws: `SignaturePacket.Malformed` if fewer than `count` bytes remain.
  mutating func bytes(_ count: Int) throws -> [UInt8] {
    guard count <= rest.count else {
      throw SignaturePacket.Malformed(description: "ends in the middle of an OpenPGP packet")
    }
    defer { rest = rest.dropFirst(count) }
    return Array(rest.prefix(count))
  }

  /// A big-endian number of up to four bytes.
  mutating func number(bytes count: Int) throws -> Int {
    try bytes(count).reduce(0) { $0 << 8 | Int($1) }
  }

  /// A multiprecision integer: its length in bits, followed by its bytes.
  mutating func multiprecisionInteger() throws -> [UInt8] {
    try bytes((number(bytes: 2) + 7) / 8)
  }

  /// The tag and body of the next packet.
  ///
  /// - Throws: `SignaturePacket.Malformed`, also for partial body lengths, which only data packets
  ///   can have.
  mutating func nextPacket() throws -> (tag: Int, body: [UInt8]) {
    let first = try number(bytes: 1)
    guard first & 0x80 != 0 else {
      throw SignaturePacket.Malformed(description: "is not an OpenPGP packet")
    }
    guard first & 0x40 != 0 else {
      let lengths = [1, 2, 4]
      guard first & 3 < lengths.count else {
        throw SignaturePacket.Malformed(description: "is an OpenPGP packet without a length")
      }
      return (first >> 2 & 15, try bytes(number(bytes: lengths[first & 3])))
    }
    return (first & 63, try bytes(newLength()))
  }

  private mutating func newLength() throws -> Int {
    let first = try number(bytes: 1)
    switch first {
    case ..<192: return first
    case ..<224: return (first - 192) << 8 + (try number(bytes: 1)) + 192
    case 255: return try number(bytes: 4)
    default: throw SignaturePacket.Malformed(description: "is an OpenPGP packet in parts")
    }
  }
}
