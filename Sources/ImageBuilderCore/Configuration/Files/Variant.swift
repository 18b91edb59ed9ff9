import Glibc

/// What is built: one product, branch, architecture, platform and personality.
public struct Variant: Sendable, Hashable {
  /// The architectures that images can be built for.
  public static let architectures = ["amd64", "arm64", "i386"]

  /// The product, such as `eos`.
  public let product: String
  /// The branch of the tree, such as `master` or `eos5.1`.
  public let branch: String
  /// The processor architecture, by its Debian name.
  public let arch: String
  /// The machine or board; the architecture's name when it is no particular one.
  public let platform: String
  /// The personality: a language, a market, a customer.
  public let personality: String

  /// Makes a variant; `nil` stands for the host's architecture and that architecture's platform.
  public init(
    product: String = "eoscustom", branch: String = "master", arch: String? = nil,
    platform: String? = nil, personality: String = "base"
  ) throws(ConfigurationError) {
    self.product = product
    self.branch = branch
    if let arch { self.arch = arch } else { self.arch = try Variant.hostArchitecture() }
    self.platform = platform ?? self.arch
    self.personality = personality
    for (attribute, value) in attributes {
      guard FileNamePart.isValid(value) else {
        throw .badName(what: attribute.rawValue, found: value)
      }
    }
    guard Variant.architectures.contains(self.arch) else {
      throw .unknownAttribute(
        .arch, found: self.arch, known: Variant.architectures, directory: nil)
    }
  }

  /// The branch up to its last dot: what `eos5.1` and `eos5.2` have in common.
  public var series: String {
    guard let dot = branch.lastIndex(of: ".") else { return branch }
    return String(branch[..<dot])
  }

  /// The five attributes in the order in which their files are read.
  var attributes: [(Attribute, String)] {
    Attribute.allCases.map { ($0, self[$0]) }
  }

  /// The attributes with blanks between them.
  var name: String { attributes.map(\.1).joined(separator: " ") }

  /// The value of one attribute.
  public subscript(attribute: Attribute) -> String {
    switch attribute {
    case .product: product
    case .branch: branch
    case .arch: arch
    case .platform: platform
    case .personality: personality
    }
  }

  /// The host's architecture by its Debian name.
  static func hostArchitecture() throws(ConfigurationError) -> String {
    var names = utsname()
    guard uname(&names) == 0 else { throw .unknownHost("unknown") }
    let machine = withUnsafeBytes(of: &names.machine) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    switch machine {
    case "x86_64": return "amd64"
    case "aarch64": return "arm64"
    case "i386", "i486", "i586", "i686": return "i386"
    default: throw .unknownHost(machine)
    }
  }
}

/// One of the attributes that make a variant; each has its folder of configuration files.
public enum Attribute: String, Sendable, CaseIterable {
  case product, branch, arch, platform, personality
}

/// The rule for names that become parts of file names.
enum FileNamePart {
  static let accepted = "letters, digits and . _ + - (no dot in front)"

  static func isValid(_ text: String) -> Bool {
    guard let first = text.utf8.first, first != UInt8(ascii: ".") else { return false }
    return text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
      case UInt8(ascii: "0")...UInt8(ascii: "9"): true
      default: "._+-".utf8.contains(byte)
      }
    }
  }
}
