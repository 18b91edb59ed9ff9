/// A subpacket of a signature (RFC 4880, section 5.2.3.1).
struct SignatureSubpacket: Equatable {
  /// The types of subpackets that are interpreted.
  enum Kind: UInt8 {
    case creationTime = 2
    case expirationTime = 3
    case issuer = 16
    case issuerFingerprint = 33
  }

  /// The number of the type. If its highest bit is set, the subpacket is critical: a signature with
  /// an unknown critical subpacket must be refused.
  let kindNumber: UInt8
  let value: [UInt8]

  init(_ kind: Kind, _ value: [UInt8]) {
    (kindNumber, self.value) = (kind.rawValue, value)
  }

  private init(kindNumber: UInt8, value: [UInt8]) {
    (self.kindNumber, self.value) = (kindNumber, value)
  }

  var kind: Kind? { Kind(rawValue: kindNumber & 0x7f) }
  var isUnknownAndCritical: Bool { kind == nil && kindNumber & 0x80 != 0 }

  /// All subpackets in a subpacket area.
  ///
  /// - Throws: `SignaturePacket.Malformed`, also for lengths that are encoded in more than one
  ///   byte.
  static func all(in area: [UInt8]) throws -> [SignatureSubpacket] {
    var reader = PacketReader(area)
    var facts: [SignatureSubpacket] = []
    while !reader.isAtEnd {
      let count = try reader.number(bytes: 1)
      guard (1..<192).contains(count) else {
        throw SignaturePacket.Malformed(description: "has a subpacket with an unsupported length")
      }
      let kindNumber = try reader.bytes(1)[0]
      facts.append(SignatureSubpacket(kindNumber: kindNumber, value: try reader.bytes(count - 1)))
    }
    return facts
  }

  /// The encoded subpacket.
  var bytes: [UInt8] { [UInt8(value.count + 1), kindNumber] + value }
}
