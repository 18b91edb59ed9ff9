import Glibc

/// Text on a terminal, whose width is measured in cells.
enum TerminalText {
  /// Returns a line of output as a terminal shows it in the end, without control sequences.
  static func clean(_ line: String) -> String {
    var text = ConsoleText()
    let overwriting = line.utf8.split(separator: UInt8(ascii: "\r"))
    text.append(overwriting.last.map(Array.init) ?? [])
    let scalars = (text.lines + [text.unfinished]).joined().unicodeScalars.map {
      scalar -> Unicode.Scalar in
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator: " "
      default: scalar
      }
    }
    return String(String.UnicodeScalarView(scalars))
  }

  /// Returns the number of columns that a clean text takes.
  static func columns(_ text: String) -> Int {
    text.reduce(0) { $0 + columns($1) }
  }

  /// Returns the beginning of a clean text that fits into a number of columns.
  static func cut(_ text: String, toColumns limit: Int) -> String {
    var left = limit
    return String(
      text.prefix { character in
        left -= columns(character)
        return left >= 0
      })
  }

  /// The blocks of wide characters (Unicode property East Asian Width).
  private static let wide: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3,
    0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F,
    0x1F680...0x1F6FF, 0x1F900...0x1F9FF, 0x20000...0x3FFFD,
  ]

  private static func columns(_ character: Character) -> Int {
    character.unicodeScalars.contains { scalar in
      scalar.properties.isEmojiPresentation || wide.contains { $0.contains(scalar.value) }
    } ? 2 : 1
  }
}

/// The size of the terminal on standard error.
struct TerminalSize {
  let columns: Int
  let rows: Int

  /// Returns the size; 80 columns and 24 rows if it is unknown.
  static func current() -> TerminalSize {
    var size = winsize()
    let isKnown =
      ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 && size.ws_row > 0
    return isKnown
      ? TerminalSize(columns: Int(size.ws_col), rows: Int(size.ws_row))
      : TerminalSize(columns: 80, rows: 24)
  }
}
