/// What is built: a product, branch, architecture, platform and personality.
package struct Variant: Sendable, Hashable {
  /// The product, such as `eos`.
  package let product: String
  /// The branch of the tree, such as `master` or `eos5.1`.
  package let branch: String
  /// The processor architecture.
  package let arch: Architecture
  /// The machine or board. It is the name of the architecture if the image is not for a particular
  /// one.
  package let platform: String
  /// The personality, such as a language, a market or a customer.
  package let personality: String

  /// Makes a variant. By default, the architecture is that of the host, and the platform has the
  /// name of the architecture.
  ///
  /// - Throws: `ConfigurationError` for a name that cannot be a part of a file name, or for an
  ///   architecture that images cannot be built for.
  package init(
    product: String = "eoscustom", branch: String = "master", arch: String? = nil,
    platform: String? = nil, personality: String = "base"
  ) throws(ConfigurationError) {
    self.product = product
    self.branch = branch
    self.arch = try Variant.architecture(arch)
    self.platform = platform ?? self.arch.rawValue
    self.personality = personality
    for (attribute, value) in attributes {
      guard FileNamePart.isValid(value) else {
        throw .badName(what: attribute.rawValue, found: value)
      }
    }
  }

  /// The branch up to its last dot, which is the same for `eos5.1` and `eos5.2`.
  package var series: String {
    guard let dot = branch.lastIndex(of: ".") else { return branch }
    return String(branch[..<dot])
  }

  /// The five attributes, in the order in which their files are read.
  var attributes: [(Attribute, String)] {
    Attribute.allCases.map { ($0, self[$0]) }
  }

  /// The attributes, separated by spaces.
  var name: String { attributes.map(\.1).joined(separator: " ") }

  /// `PRODUCT/BRANCH/ARCH/PLATFORM/PERSONALITY`.
  package var path: String { attributes.map(\.1).joined(separator: "/") }

  /// The value of an attribute.
  package subscript(attribute: Attribute) -> String {
    switch attribute {
    case .product: product
    case .branch: branch
    case .arch: arch.rawValue
    case .platform: platform
    case .personality: personality
    }
  }

  /// Returns the architecture with a name, or that of the host for nil.
  private static func architecture(_ name: String?) throws(ConfigurationError) -> Architecture {
    guard let name else {
      guard let host = Architecture.host else { throw .unknownHost(Architecture.hostMachineName) }
      return host
    }
    guard FileNamePart.isValid(name) else {
      throw .badName(what: Attribute.arch.rawValue, found: name)
    }
    guard let architecture = Architecture(rawValue: name) else {
      throw .unknownAttribute(.arch, found: name, known: Architecture.names, directory: nil)
    }
    return architecture
  }
}

/// An attribute of a variant. Each has a directory of configuration files.
package enum Attribute: String, Sendable, CaseIterable {
  case product, branch, arch, platform, personality
}

/// The rule for names that are parts of file names.
enum FileNamePart {
  static let accepted = "letters, digits and . _ + - (no leading dot)"

  static func isValid(_ text: String) -> Bool {
    guard let first = text.utf8.first, first != UInt8(ascii: ".") else { return false }
    return text.utf8.allSatisfy { $0.isASCIILetterOrDigit || "._+-".utf8.contains($0) }
  }
}
