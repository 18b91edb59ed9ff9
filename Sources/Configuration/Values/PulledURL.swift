/// The URL of the repository that a build pulls its tree from.
package struct PulledURL: Sendable {
  /// The option to change for another URL.
  package let option: OptionName
  /// The URL as it is configured. It may be empty.
  package let text: String

  /// - Throws: `ConfigurationError` if an option cannot be expanded.
  package init(_ configuration: Configuration) throws(ConfigurationError) {
    let isProduction = try configuration.value(Options.build.usesProductionOSTree)
    let (pulled, server) = Self.options(isProduction: isProduction)
    text = try configuration.value(pulled)
    // By default, the first option is the value of the second.
    option = try configuration.value(server) == text ? server.name : pulled.name
  }

  /// The option with the URL to pull from, and the one with the URL of the server.
  static func options(
    isProduction: Bool
  ) -> (pulled: DeclaredOption<String>, server: DeclaredOption<String>) {
    let options = Options.ostree
    return isProduction
      ? (options.pulledProductionURL, options.productionURL) : (options.pulledURL, options.url)
  }

  /// The reason why a product cannot be built if the URL is empty, with the files to set it in.
  package static func absence(of option: OptionName, product: String) -> String {
    "\(option) is empty, so there is no OSTree repository to pull the tree of \(product) from; "
      + "set it in config/product/\(product).ini or config/local.ini"
  }
}
