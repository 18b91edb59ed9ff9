import SystemPackage

/// The lines at the bottom of a terminal that change, below lines that stay. The cursor stays below
/// them, so that the terminal is in order if the program is killed.
struct LiveLines {
  /// The number of columns of each line that is drawn.
  private var drawn: [Int] = []

  /// Replaces the lines at the bottom. Those that do not fit are cut, and the first ones are left out.
  ///
  /// - Parameter text: a line that stays above them.
  mutating func draw(_ lines: [String], above text: String? = nil) {
    let size = TerminalSize.current()
    let fitting = lines.suffix(max(1, size.rows - 1)).map {
      TerminalText.cut($0, toColumns: size.columns)
    }
    let all = (text.map { [$0] } ?? []) + fitting
    let output = erasing(columns: size.columns) + all.map { $0 + "\n" }.joined()
    drawn = fitting.map(TerminalText.columns)
    _ = try? FileDescriptor.standardError.writeAll(output.utf8)
  }

  /// Returns the control sequence that erases the drawn lines. Terminals wrap lines that do not fit
  /// into a window that has become narrower.
  private func erasing(columns: Int) -> String {
    let rows = drawn.map { max(1, ($0 + columns - 1) / columns) }.reduce(0, +)
    return rows == 0 ? "\r\u{1B}[J" : "\r\u{1B}[\(rows)A\u{1B}[J"
  }
}
