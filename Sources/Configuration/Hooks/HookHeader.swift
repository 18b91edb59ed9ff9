import SystemPackage

/// What a comment in the first lines of a hook says about how it is run:
/// `# hook-timeout: 5m`.
package struct HookHeader: Sendable, Equatable {
  /// How many lines, and bytes, of a hook are looked at. It may be no text at all.
  private static let (lineCount, sizeInBytes) = (20, 1 << 14)

  /// Nil for any time.
  package let timeLimit: Duration?
  package let origin: Origin

  /// Nil when the hook says nothing.
  ///
  /// - Throws: `ConfigurationError` for a line that means this and does not say it.
  package init?(of hook: FilePath) throws(ConfigurationError) {
    let bytes = Self.beginning(of: hook)
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, line) in lines.prefix(Self.lineCount).enumerated() where Self.isComment(line) {
      let text = String(decoding: line, as: UTF8.self)
      guard let match = text.wholeMatch(of: Self.intended) else { continue }
      origin = .file(hook, line: index + 1)
      guard match.1 == "\(HookGroupOptions.timeoutComment):",
        let duration = DurationText.value(String(match.2))
      else {
        throw .badHookTimeout(found: text, at: origin)
      }
      timeLimit = DurationText.limit(duration)
      return
    }
    return nil
  }

  /// The first bytes of a file; none when it cannot be read.
  private static func beginning(of hook: FilePath) -> [UInt8] {
    guard let file = try? FileDescriptor.open(hook, .readOnly, options: .closeOnExec) else {
      return []
    }
    defer { try? file.close() }
    let bytes = try? [UInt8](unsafeUninitializedCapacity: sizeInBytes) {
      $1 = try file.read(into: UnsafeMutableRawBufferPointer($0))
    }
    return bytes ?? []
  }

  private static func isComment(_ line: ArraySlice<UInt8>) -> Bool {
    line.first { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") } == UInt8(ascii: "#")
  }

  /// A comment that is this one or a misspelling of it.
  private static var intended: Regex<(Substring, Substring, Substring)> {
    #/\s*\#+\s*((?i:hook[-_\s]?time[-_\s]?out)\s*[:=])\s*(.*?)\s*/#
  }
}
