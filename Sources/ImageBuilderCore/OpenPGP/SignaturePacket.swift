import Bindings

/// A detached OpenPGP signature of a file (RFC 4880, section 5.2.3: version 4, binary document), in
/// the form that GnuPG writes.
struct SignaturePacket: Equatable {
  /// The digest algorithms that are strong enough, with their OpenPGP numbers.
  enum DigestAlgorithm: UInt8 {
    case sha256 = 8
    case sha384 = 9
    case sha512 = 10

    /// The same algorithm in libcrypto.
    var method: MessageDigest.Algorithm {
      switch self {
      case .sha256: .sha256
      case .sha384: .sha384
      case .sha512: .sha512
      }
    }
  }

  /// The reason why bytes are not such a signature, worded to follow the name of the file.
  struct Malformed: Error, CustomStringConvertible {
    let description: String
  }

  let publicKeyAlgorithm: PublicKeyAlgorithm
  let digestAlgorithm: DigestAlgorithm
  /// The subpackets that the signature covers.
  let signedSubpackets: [SignatureSubpacket]
  /// The subpackets that the signature does not cover. They help to find the key.
  let otherSubpackets: [SignatureSubpacket]
  /// The first two bytes of the digest.
  let digestPrefix: [UInt8]
  /// The integers of the signature, big-endian and without leading zero bytes.
  let numbers: [[UInt8]]

  /// Creates the hashed part of a signature by `subkey`. The digest and the integers are still
  /// missing.
  init(by subkey: SigningSubkey, _ digestAlgorithm: DigestAlgorithm, secondsSinceEpoch: UInt32) {
    publicKeyAlgorithm = subkey.algorithm
    self.digestAlgorithm = digestAlgorithm
    let fingerprint = hexadecimalBytes(subkey.fingerprint)
    signedSubpackets = [
      SignatureSubpacket(.issuerFingerprint, [4] + fingerprint),
      SignatureSubpacket(.creationTime, bigEndian(secondsSinceEpoch, count: 4)),
    ]
    otherSubpackets = [SignatureSubpacket(.issuer, Array(fingerprint.suffix(8)))]
    (digestPrefix, numbers) = ([], [])
  }

  /// This signature, completed with the answer of gpg-agent for its digest:
  /// `(sig-val(ALGORITHM(NAME VALUE)...))`.
  ///
  /// - Throws: `Malformed` if the answer has another form.
  func completed(digest: [UInt8], answer: [UInt8]) throws -> SignaturePacket {
    let parts = SExpression(canonical: answer)?.elements(of: "sig-val")?.first?
      .elements(of: "\(publicKeyAlgorithm)")
    let numbers = ["r", "s"].compactMap { name -> [UInt8]? in
      guard let value = parts?.lazy.compactMap({ $0.elements(of: name) }).first?.first,
        case .bytes(let bytes) = value
      else { return nil }
      return bytes
    }
    guard numbers.count == publicKeyAlgorithm.numberCount else {
      throw Malformed(description: "gpg-agent's answer is no \(publicKeyAlgorithm) signature")
    }
    return SignaturePacket(
      publicKeyAlgorithm: publicKeyAlgorithm, digestAlgorithm: digestAlgorithm,
      signedSubpackets: signedSubpackets, otherSubpackets: otherSubpackets,
      digestPrefix: Array(digest.prefix(2)),
      numbers: numbers.map { Array($0.drop { $0 == 0 }) })
  }

  private init(
    publicKeyAlgorithm: PublicKeyAlgorithm, digestAlgorithm: DigestAlgorithm,
    signedSubpackets: [SignatureSubpacket], otherSubpackets: [SignatureSubpacket],
    digestPrefix: [UInt8],
    numbers: [[UInt8]]
  ) {
    self.publicKeyAlgorithm = publicKeyAlgorithm
    self.digestAlgorithm = digestAlgorithm
    self.signedSubpackets = signedSubpackets
    self.otherSubpackets = otherSubpackets
    self.digestPrefix = digestPrefix
    self.numbers = numbers
  }

  /// - Throws: `Malformed`, also if data follows the packet or if the packet differs from `bytes`.
  init(parsing packet: [UInt8]) throws {
    var packets = PacketReader(packet)
    let (tag, body) = try packets.nextPacket()
    guard tag == 2, packets.isAtEnd else {
      throw Malformed(description: "is not one OpenPGP signature")
    }
    var reader = PacketReader(body)
    guard try reader.number(bytes: 1) == 4, try reader.number(bytes: 1) == 0 else {
      throw Malformed(description: "is not an OpenPGP signature of version 4 over binary data")
    }
    let (keyNumber, digestNumber) = (try reader.number(bytes: 1), try reader.number(bytes: 1))
    guard let algorithm = PublicKeyAlgorithm(rawValue: UInt8(keyNumber)) else {
      throw Malformed(description: "was made by a key that is not RSA, DSA, ECDSA or EdDSA")
    }
    guard let digestAlgorithm = DigestAlgorithm(rawValue: UInt8(digestNumber)) else {
      throw Malformed(description: "has a digest that is not SHA-256, SHA-384 or SHA-512")
    }
    let signed = try SignatureSubpacket.all(in: reader.bytes(reader.number(bytes: 2)))
    let other = try SignatureSubpacket.all(in: reader.bytes(reader.number(bytes: 2)))
    let prefix = try reader.bytes(2)
    var numbers: [[UInt8]] = []
    while !reader.isAtEnd { numbers.append(try reader.multiprecisionInteger()) }
    self.init(
      publicKeyAlgorithm: algorithm, digestAlgorithm: digestAlgorithm, signedSubpackets: signed,
      otherSubpackets: other, digestPrefix: prefix, numbers: numbers)
    guard bytes == packet else {
      throw Malformed(description: "is not an OpenPGP signature in the form that GnuPG gives it")
    }
  }

  /// The fingerprint of the key that the signature names as its issuer, if the signature is valid
  /// at the given time.
  ///
  /// - Throws: `Malformed`, also if the signature was made later or has expired.
  func issuer(at secondsSinceEpoch: UInt32) throws -> String {
    func value(of kind: SignatureSubpacket.Kind, count: Int) -> [UInt8]? {
      let values = signedSubpackets.filter { $0.kind == kind }.map(\.value)
      return values.count == 1 && values[0].count == count ? values[0] : nil
    }
    func number(_ bytes: [UInt8]) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
    guard !signedSubpackets.contains(where: \.isUnknownAndCritical) else {
      throw Malformed(description: "has an unknown critical subpacket")
    }
    guard let creation = value(of: .creationTime, count: 4).map(number),
      let issuer = value(of: .issuerFingerprint, count: 21), issuer[0] == 4
    else {
      throw Malformed(
        description: "does not contain exactly one creation time and issuer fingerprint")
    }
    guard otherSubpackets == [SignatureSubpacket(.issuer, Array(issuer.suffix(8)))] else {
      throw Malformed(description: "has unhashed subpackets other than the issuer")
    }
    let now = UInt64(secondsSinceEpoch)
    guard creation <= now else { throw Malformed(description: "was made in the future") }
    if signedSubpackets.contains(where: { $0.kind == .expirationTime }) {
      guard let lifetime = value(of: .expirationTime, count: 4).map(number),
        lifetime == 0 || creation + lifetime > now
      else { throw Malformed(description: "has expired") }
    }
    return hexadecimalText(Array(issuer.dropFirst())).uppercased()
  }

  private var hashedPart: [UInt8] {
    let facts = signedSubpackets.flatMap(\.bytes)
    return [4, 0, publicKeyAlgorithm.rawValue, digestAlgorithm.rawValue]
      + bigEndian(UInt32(facts.count), count: 2) + facts
  }

  /// The bytes that are hashed after the content of the file.
  var trailer: [UInt8] {
    hashedPart + [4, 0xff] + bigEndian(UInt32(hashedPart.count), count: 4)
  }

  /// The whole packet.
  var bytes: [UInt8] {
    let facts = otherSubpackets.flatMap(\.bytes)
    let integers = numbers.flatMap { number in
      let leadingZeros = number.first?.leadingZeroBitCount ?? 0
      return bigEndian(UInt32(number.count * 8 - leadingZeros), count: 2) + number
    }
    let body =
      hashedPart + bigEndian(UInt32(facts.count), count: 2) + facts + digestPrefix + integers
    return body.count < 256
      ? [0x88, UInt8(body.count)] + body
      : [0x89] + bigEndian(UInt32(body.count), count: 2) + body
  }
}

/// The lowest `count` bytes of a number, in big-endian order.
func bigEndian(_ number: UInt32, count: Int) -> [UInt8] {
  (0..<count).reversed().map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
}

/// The bytes of a hexadecimal text.
func hexadecimalBytes(_ digits: String) -> [UInt8] {
  let digits = Array(digits.utf8)
  return stride(from: 0, to: digits.count - 1, by: 2).compactMap {
    UInt8(String(decoding: digits[$0...($0 + 1)], as: UTF8.self), radix: 16)
  }
}
