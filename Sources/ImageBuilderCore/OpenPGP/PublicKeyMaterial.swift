import Bindings

/// The parameters of a public key (RFC 4880, section 5.5.2; RFC 9580, section 5.5.5 for curves), in
/// the form in which libgcrypt verifies signatures.
struct PublicKeyMaterial {
  private let algorithm: PublicKeyAlgorithm
  private let expression: SExpression
  /// DSA and ECDSA sign only this many bytes of a digest.
  private let digestLimit: Int

  /// Finds a key by its fingerprint in the packets of an exported key.
  ///
  /// - Returns: nil if there is no such key, or if its algorithm cannot sign.
  /// - Throws: `SignaturePacket.Malformed`.
  static func find(_ fingerprint: String, in exported: [UInt8]) throws -> PublicKeyMaterial? {
    let (publicKeyTag, publicSubkeyTag) = (6, 14)
    var packets = PacketReader(exported)
    while !packets.isAtEnd {
      let (tag, body) = try packets.nextPacket()
      guard tag == publicKeyTag || tag == publicSubkeyTag, body.first == 4 else { continue }
      let prefix = [0x99] + bigEndian(UInt32(body.count), count: 2)
      if Self.fingerprint(prefix + body) == hexadecimalBytes(fingerprint) {
        return try PublicKeyMaterial(body)
      }
    }
    return nil
  }

  private static func fingerprint(_ packet: [UInt8]) -> [UInt8] {
    MessageDigest(.sha1).snapshot.digest(followedBy: packet)
  }

  private init?(_ body: [UInt8]) throws {
    var reader = PacketReader(body)
    _ = try reader.bytes(5)
    guard let algorithm = PublicKeyAlgorithm(rawValue: try reader.bytes(1)[0]) else { return nil }
    self.algorithm = algorithm
    switch algorithm {
    case .rsa, .dsa:
      let names = algorithm == .rsa ? ["n", "e"] : ["p", "q", "g", "y"]
      let numbers = try names.map { ($0, try reader.multiprecisionInteger()) }
      expression = .keyed("public-key", algorithm.name, numbers.map { .number($0.0, $0.1) })
      digestLimit = algorithm == .dsa ? numbers[1].1.count : .max
    case .ecdsa, .eddsa:
      let curve = try reader.bytes(reader.number(bytes: 1))
      let point = try reader.multiprecisionInteger()
      let flags: [SExpression] =
        algorithm == .eddsa ? [.named("flags", .bytes(Array("eddsa".utf8)))] : []
      expression = .keyed(
        "public-key", "ecc",
        [.named("curve", .bytes(Array(Self.objectIdentifier(curve).utf8)))] + flags
          + [.named("q", .bytes(point))])
      digestLimit = algorithm == .ecdsa ? point.count / 2 : .max
    }
  }

  /// Whether `signature` is a valid signature of `digest` by this key.
  func verifies(_ signature: SignaturePacket, digest: [UInt8]) -> Bool {
    let names = ["r", "s"].suffix(algorithm.numberCount)
    guard signature.publicKeyAlgorithm == algorithm, signature.numbers.count == names.count,
      signature.digestPrefix.elementsEqual(digest.prefix(2))
    else { return false }
    let parts = zip(names, signature.numbers).map { name, number in
      algorithm == .eddsa
        ? SExpression.named(name, .bytes(padded(number, to: 32))) : .number(name, number)
    }
    return PublicKeySignature.verifies(
      signature: SExpression.keyed("sig-val", algorithm.name, parts).canonical,
      data: data(digest, signature.digestAlgorithm).canonical, key: expression.canonical)
  }

  private func data(
    _ digest: [UInt8], _ digestAlgorithm: SignaturePacket.DigestAlgorithm
  ) -> SExpression {
    func text(_ text: String) -> SExpression { .bytes(Array(text.utf8)) }
    switch algorithm {
    case .rsa:
      return .named(
        "data", .named("flags", text("pkcs1")),
        .named("hash", text("\(digestAlgorithm)"), .bytes(digest)))
    case .dsa, .ecdsa:
      return .named(
        "data", .named("flags", text("raw")),
        .number("value", Array(digest.prefix(digestLimit))))
    case .eddsa:
      return .named(
        "data", .named("flags", text("eddsa")), .named("hash-algo", text("sha512")),
        .named("value", .bytes(digest)))
    }
  }

  private func padded(_ number: [UInt8], to count: Int) -> [UInt8] {
    [UInt8](repeating: 0, count: max(0, count - number.count)) + number
  }

  /// The dotted form of an encoded object identifier (ITU-T X.690, section 8.19). libgcrypt accepts
  /// it as the name of a curve.
  private static func objectIdentifier(_ bytes: [UInt8]) -> String {
    var numbers: [UInt64] = []
    var number: UInt64 = 0
    for byte in bytes {
      number = number << 7 | UInt64(byte & 0x7f)
      guard byte & 0x80 == 0 else { continue }
      numbers.append(number)
      number = 0
    }
    guard let first = numbers.first else { return "" }
    let root = min(first / 40, 2)
    return ([root, first - root * 40] + numbers.dropFirst()).map(String.init)
      .joined(separator: ".")
  }
}

extension PublicKeyAlgorithm {
  /// The name of the algorithm in libgcrypt.
  fileprivate var name: String { "\(self)" }
}

extension SExpression {
  /// `(KIND(ALGORITHM PARTS...))`.
  fileprivate static func keyed(
    _ kind: String, _ algorithm: String, _ parts: [SExpression]
  ) -> SExpression {
    .named(kind, .list([.bytes(Array(algorithm.utf8))] + parts))
  }

  /// A non-negative number.
  fileprivate static func number(_ name: String, _ bytes: [UInt8]) -> SExpression {
    .named(name, .bytes((bytes.first ?? 0) & 0x80 != 0 ? [0] + bytes : bytes))
  }
}
