/// The paths that a build can use.
///
/// Paths are texts of the configuration, and lines of logs and lists. Bytes that are not UTF-8 were
/// replaced by U+FFFD when a path became text, so it would name another file.
package enum PathSyntax {
  package static let accepted = "of valid UTF-8 without control characters"

  /// Returns whether a path can be used.
  package static func isUsable(_ path: String) -> Bool {
    path.unicodeScalars.allSatisfy { $0 != "\u{FFFD}" && $0.properties.generalCategory != .control }
  }
}
