import Configuration

/// A line of SHA256SUMS, and the content of a `.sha256` file: `DIGEST  NAME`, as `sha256sum` writes
/// it and `sha256sum --check` reads it.
enum ChecksumLine {
  /// The line with its newline.
  static func text(_ digest: String, _ name: String) -> String { "\(digest)  \(name)\n" }

  /// The digest in a `.sha256` file. Earlier versions wrote the digest alone.
  ///
  /// - Returns: nil if the text is not one line that starts with a digest.
  static func digest(in text: String) -> String? {
    let digest = String(text.prefix(64))
    let rest = text.dropFirst(64)
    guard DigestSyntax.isValid(digest), rest.hasPrefix("  ") || rest == "\n" else { return nil }
    return digest
  }
}
