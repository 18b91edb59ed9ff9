import ArgumentParser
import Configuration

/// The variant, without its branch.
package struct VariantOptions: ParsableArguments {
  static let defaultBranch = "master"

  @Option(
    name: [.customShort("p"), .long], help: "Product to build.",
    completion: Completion.names(of: .product))
  var product = "eoscustom"
  @Option(
    name: [.customShort("a"), .long],
    help:
      "Architecture. (values: \(Architecture.names.joined(separator: ", ")); default: the host's)",
    completion: .list(Architecture.names))
  var arch: String?
  @Option(
    help: "Platform, for hardware that needs settings of its own. (default: the architecture)",
    completion: Completion.names(of: .platform))
  var platform: String?
  @Option(
    name: [.customShort("P"), .long], help: "Personality, usually a language.",
    completion: Completion.names(of: .personality))
  var personality = "base"

  package init() {}

  /// Returns the variant.
  ///
  /// - Throws: `ConfigurationError` for an invalid name, or an architecture that images cannot be
  ///   built for.
  package func variant(branch: String) throws -> Variant {
    try Variant(
      product: product, branch: branch, arch: arch, platform: platform, personality: personality)
  }
}
