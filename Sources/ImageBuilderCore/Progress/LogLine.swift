/// A line of the log, without the time.
struct LogLine: Sendable {
  /// The origin of a line.
  enum Source: Sendable {
    /// The build itself.
    case build
    /// A stage, a hook or buildscript.
    case script
  }

  let text: String
  let source: Source
  /// Whether only build.txt and `--debug` show the line: a trace of bash, or what a stage says of its
  /// failure, which the last page repeats.
  var isDetail = false

  /// The text before the first colon: a stage, or a hook with its group.
  var label: String { String(text.prefix { $0 != ":" }) }

  /// The text after the label; the whole text if there is no label.
  var message: Substring {
    let rest = text.dropFirst(label.count)
    return rest.hasPrefix(": ") ? rest.dropFirst(2) : text[...]
  }

  /// Whether the line is shown even if other lines are hidden.
  var isWarning: Bool {
    !isDetail && [message, text[...]].contains { $0.prefix(8).lowercased() == "warning:" }
  }
}

extension LogLine {
  /// Parses a line that a stage or buildscript wrote.
  init(received line: String) {
    let isDetail = line.unicodeScalars.first == BashTrace.mark
    self.init(
      text: isDetail ? String(line.unicodeScalars.dropFirst()) : line, source: .script,
      isDetail: isDetail)
  }
}
