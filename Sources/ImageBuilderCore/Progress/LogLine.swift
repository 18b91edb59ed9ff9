/// A line of the log without its time.
struct LogLine: Sendable {
  /// Who wrote it.
  enum Source: Sendable {
    /// The build itself.
    case build
    /// A stage, a hook or buildscript.
    case script
  }

  let text: String
  let source: Source

  /// What stands before the first colon: a stage, or a hook with its group.
  var label: String { String(text.prefix { $0 != ":" }) }

  /// What a stage or a hook said.
  var message: Substring {
    let rest = text.dropFirst(label.count)
    return rest.hasPrefix(": ") ? rest.dropFirst(2) : text[...]
  }

  /// Whether people should see it whatever else is hidden.
  var isWarning: Bool {
    [message, text[...]].contains { $0.prefix(8).lowercased() == "warning:" }
  }
}
