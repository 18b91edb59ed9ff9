/// A line of a hook's output.
struct HookLine: Sendable, Equatable {
  let text: String
  /// Whether bash wrote the line to show a command.
  var isTrace = false
}

/// Finds the traces of bash in the output of a hook, and removes their marks.
///
/// Bash does not escape a newline in a value that it traces. The following lines belong to the
/// trace until its quotes are closed, or until the next trace begins.
struct TraceFinder {
  /// The text or the quote that completes a trace.
  private enum End {
    case text(String)
    /// `'`, `"`, or `$` for `$'`.
    case quote(UInt8)
  }

  /// Nil if no trace is incomplete.
  private var end: End?

  /// Returns a line without its mark. If a trace follows output without a newline, the line is
  /// split.
  mutating func lines(_ line: String) -> [HookLine] {
    guard let (own, trace) = Self.parts(line) else {
      let isTrace = end != nil
      end = end.flatMap { Self.end(of: line[...], after: $0) }
      return [HookLine(text: line, isTrace: isTrace)]
    }
    end = Self.end(ofTrace: trace)
    return (own.isEmpty ? [] : [HookLine(text: own)]) + [HookLine(text: trace, isTrace: true)]
  }

  /// Returns the output before a trace, and the trace without its mark; nil if no trace begins in
  /// the line.
  private static func parts(_ line: String) -> (own: String, trace: String)? {
    let bytes = line.utf8
    guard let mark = bytes.firstIndex(of: UInt8(ascii: BashTrace.mark)) else { return nil }
    let level = bytes[..<mark].reversed().prefix { $0 == UInt8(ascii: "+") }.count
    let command = line[bytes.index(after: mark)...]
    guard level > 0, command.hasPrefix(" ") else { return nil }
    let begin = bytes.index(mark, offsetBy: -level)
    return (String(line[..<begin]), String(line[begin..<mark] + command))
  }

  /// Bash quotes words, but not values in `[[` and `((`.
  private static func end(ofTrace trace: String) -> End? {
    guard let place = trace.firstRange(of: ": ") else { return nil }
    let command = trace[place.upperBound...]
    if command.hasPrefix("[[ ") { return end(of: command, after: .text(" ]]")) }
    if command.hasPrefix("(( ") { return end(of: command, after: .text(" ))")) }
    return openQuote(in: command, after: nil).map(End.quote)
  }

  private static func end(of line: Substring, after end: End) -> End? {
    switch end {
    case .text(let text): line.hasSuffix(text) ? nil : end
    case .quote(let quote): openQuote(in: line, after: quote).map(End.quote)
    }
  }

  /// Returns the quote that is open at the end of a line if `before` is open at its beginning.
  private static func openQuote(in line: Substring, after before: UInt8?) -> UInt8? {
    let (single, double) = (UInt8(ascii: "'"), UInt8(ascii: "\""))
    let (dollar, backslash) = (UInt8(ascii: "$"), UInt8(ascii: "\\"))
    var open = before
    var previous: UInt8?
    for byte in line.utf8 {
      if previous == backslash && open != single {
        previous = nil
        continue
      }
      switch (open, byte) {
      case (nil, single): open = previous == dollar ? dollar : single
      case (nil, double): open = double
      case (single, single), (double, double), (dollar, single): open = nil
      default: break
      }
      previous = byte
    }
    return open
  }
}
