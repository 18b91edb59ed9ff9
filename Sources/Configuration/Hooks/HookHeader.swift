import SystemPackage

/// The settings in a comment in the first lines of a hook: `# hook-timeout: 5m`.
package struct HookHeader: Sendable, Equatable {
  /// The number of lines and of bytes that are read. A hook may be a binary file.
  private static let (lineCount, sizeInBytes) = (20, 1 << 14)

  /// The time limit; nil for none.
  package let timeLimit: Duration?
  package let origin: Origin

  /// Reads the header of a hook. Returns nil if there is none.
  ///
  /// - Throws: `ConfigurationError` for a comment that is meant to set a time limit and is invalid.
  package init?(of hook: FilePath) throws(ConfigurationError) {
    let bytes = TextFile.beginning(of: hook, sizeInBytes: Self.sizeInBytes)
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, line) in lines.prefix(Self.lineCount).enumerated() where Self.isComment(line) {
      let text = String(decoding: line, as: UTF8.self)
      guard let match = text.wholeMatch(of: Self.intended) else { continue }
      origin = .file(hook, line: index + 1)
      guard match.1 == "\(HookGroupOptions.timeoutComment):",
        let duration = DurationSyntax.value(String(match.2))
      else {
        throw .badHookTimeout(found: text, at: origin)
      }
      timeLimit = DurationSyntax.limit(duration)
      return
    }
    return nil
  }

  /// Whether a hook of the group `ostree` says that it can be asked whether its tree is up to date, by
  /// the comment `# freshness: yes`.
  package static func tellsFreshness(_ hook: FilePath) -> Bool {
    let bytes = TextFile.beginning(of: hook, sizeInBytes: sizeInBytes)
    return bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .prefix(lineCount).contains { $0.elementsEqual("# freshness: yes".utf8) }
  }

  private static func isComment(_ line: ArraySlice<UInt8>) -> Bool {
    line.first { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") } == UInt8(ascii: "#")
  }

  /// Matches the comment and misspelled forms of it.
  private static var intended: Regex<(Substring, Substring, Substring)> {
    #/\s*\#+\s*((?i:hook[-_\s]?time[-_\s]?out)\s*[:=])\s*(.*?)\s*/#
  }
}
