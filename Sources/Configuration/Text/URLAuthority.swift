/// The part of a URL between `://` and the path: `USER:PASSWORD@HOST:PORT`.
package struct URLAuthority: Equatable, Sendable {
  /// The host in lower case, without the brackets of an IPv6 address. It may be empty.
  package let host: String
  /// The port; nil if the URL has none.
  package let port: String?
  /// Whether the URL has a user name or a password.
  package let hasLogin: Bool

  /// Nil if the text has no `://`.
  package init?(of url: String) {
    guard let range = Self.range(in: url) else { return nil }
    var rest = url[range]
    // A password may contain an @ that is not escaped.
    let at = rest.lastIndex(of: "@")
    hasLogin = at != nil
    if let at { rest = rest[rest.index(after: at)...] }
    if rest.first == "[", let end = rest.firstIndex(of: "]") {
      host = rest[rest.index(after: rest.startIndex)..<end].lowercased()
      rest = rest[rest.index(after: end)...]
    } else {
      host = rest.prefix { $0 != ":" }.lowercased()
      rest = rest.drop { $0 != ":" }
    }
    port = rest.first == ":" ? String(rest.dropFirst()) : nil
  }

  /// Whether the port, if there is one, is a number. If not, the URL may have a password with a
  /// slash that is not escaped.
  package var hasValidPort: Bool { port.map { UInt16($0) != nil } ?? true }

  /// Returns a text in which the logins of URLs are replaced. Everything before an @ may belong to
  /// a password with characters that are not escaped.
  package static func withoutLogins(_ text: String) -> String {
    text.replacing(#/:\/\/\S*@/#, with: "://<private>@")
  }

  private static func range(in url: String) -> Range<String.Index>? {
    guard let start = url.firstRange(of: "://")?.upperBound else { return nil }
    let end = url[start...].firstIndex { "/?#".contains($0) } ?? url.endIndex
    return start..<end
  }
}
