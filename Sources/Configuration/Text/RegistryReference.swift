/// A repository of an OCI registry, such as `registry.example.org/team/images`.
package struct RegistryReference: Sendable, Equatable, CustomStringConvertible {
  package static let accepted =
    "HOST/NAME, such as registry.example.org/team/images: HOST has a dot or a port, NAME is in lower "
    + "case; http:// in front only for a registry without TLS"

  private static var syntax: Regex<(Substring, Substring?, Substring, Substring)> {
    #/(https?:\/\/)?((?:[A-Za-z0-9.\-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?)\/([a-z0-9._\-\/]+)/#
  }
  /// OCI distribution specification 1.1, "Pulling manifests".
  private static var component: Regex<Substring> { #/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*/# }
  private static let longestName = 255

  /// Whether the registry is reached by https.
  package let isEncrypted: Bool
  /// The host, with a port if there is one.
  package let host: String
  /// The name of the repository in the registry.
  package let name: String

  /// Returns nil if the text is not the name of a repository with its registry.
  package init?(_ text: String) {
    guard let match = text.wholeMatch(of: Self.syntax) else { return nil }
    isEncrypted = match.1 != "http://"
    host = String(match.2)
    name = String(match.3)
    let isHost = match.1 != nil || host == "localhost" || host.contains { ".:".contains($0) }
    let components = name.split(separator: "/", omittingEmptySubsequences: false)
    guard isHost, name.utf8.count <= Self.longestName,
      components.allSatisfy({ $0.wholeMatch(of: Self.component) != nil })
    else { return nil }
  }

  /// The form that tools take.
  package var description: String { "\(host)/\(name)" }
}
