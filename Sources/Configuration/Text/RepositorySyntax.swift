/// The syntax of URLs of OSTree repositories.
package enum RepositoryURLSyntax {
  package static let accepted =
    "the URL of a repository: https://HOST/PATH, http://HOST/PATH or file:///PATH, with %3F for a "
    + "? and %23 for a #; a user name and a password belong in SYSCONFDIR/netrc"

  /// Returns the URL as it is used: the scheme in lower case, without slashes at the end. Nil if it
  /// is not the URL of a repository.
  ///
  /// libostree 2022.7 joins paths to a URL, so it refuses queries and fragments. A login in a URL
  /// would be published in config.ini and in the manifest.
  package static func normalized(_ text: String) -> String? {
    guard let colon = text.firstRange(of: "://") else { return nil }
    let scheme = text[..<colon.lowerBound].lowercased()
    var rest = text[colon.upperBound...]
    let first: (Character) -> Bool = scheme == "file" ? { $0 == "/" } : { $0 != "/" }
    guard ["https", "http", "file"].contains(scheme), rest.first.map(first) == true,
      !rest.contains(where: { "?#".contains($0) || ($0.isWhitespace && $0 != " ") }),
      scheme == "file" || isServer(text)
    else { return nil }
    while rest.count > 1, rest.last == "/" { rest.removeLast() }
    return "\(scheme)://\(rest)"
  }

  private static func isServer(_ url: String) -> Bool {
    guard let authority = URLAuthority(of: url) else { return false }
    return !authority.hasLogin && authority.hasValidPort && !authority.host.isEmpty
  }

  /// Returns the path of a normalized `file` URL; nil for other URLs.
  package static func path(of url: String) -> String? {
    guard url.hasPrefix("file://") else { return nil }
    return String(
      decoding: percentDecoded(url.utf8.dropFirst("file://".utf8.count)), as: UTF8.self)
  }
}

/// The syntax of http and https URLs below which files are fetched.
package enum ServerURLSyntax {
  package static let accepted =
    "https://HOST/PATH or http://HOST/PATH, with %20 for a blank, %3F for a ? and %23 for a #; a "
    + "user name and a password belong in SYSCONFDIR/netrc"

  /// Returns the URL as it is used: the scheme in lower case, without slashes at the end. Nil if it
  /// is not such a URL.
  package static func normalized(_ text: String) -> String? {
    guard let url = RepositoryURLSyntax.normalized(text), !url.hasPrefix("file://"),
      !url.contains(where: \.isWhitespace)
    else { return nil }
    return url
  }
}

/// The names that libostree accepts for refs and remotes (2022.7, `ostree_validate_rev`). They
/// become file names.
enum RefSyntax {
  private static let longestPartInBytes = 200

  static let acceptedRef = "parts of letters, digits and . _ -, separated by single slashes"
  static let acceptedRemote = "letters, digits and . _ -"

  static func isValidRef(_ text: String) -> Bool {
    text.split(separator: "/", omittingEmptySubsequences: false)
      .allSatisfy { isValidRemote(String($0)) }
  }

  static func isValidRemote(_ text: String) -> Bool {
    (1...longestPartInBytes).contains(text.utf8.count) && ![".", ".."].contains(text)
      && text.utf8.allSatisfy { $0.isASCIILetterOrDigit || "._-".utf8.contains($0) }
  }
}
