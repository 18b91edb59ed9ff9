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
  /// Whether bash wrote it to show a command of a hook.
  var isTrace = false

  /// What stands before the first colon: a stage, or a hook with its group.
  var label: String { String(text.prefix { $0 != ":" }) }

  /// What a stage or a hook said.
  var message: Substring {
    let rest = text.dropFirst(label.count)
    return rest.hasPrefix(": ") ? rest.dropFirst(2) : text[...]
  }

  /// Whether people should see it whatever else is hidden.
  var isWarning: Bool {
    !isTrace && [message, text[...]].contains { $0.prefix(8).lowercased() == "warning:" }
  }
}

extension LogLine {
  /// A line as a stage or buildscript wrote it for the build.
  init(received line: String) {
    let isTrace = line.unicodeScalars.first == BashTrace.mark
    self.init(
      text: isTrace ? String(line.unicodeScalars.dropFirst()) : line, source: .script,
      isTrace: isTrace)
  }
}
