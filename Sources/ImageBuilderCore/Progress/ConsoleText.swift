/// The console output of a machine as lines of text, without terminal control sequences.
struct ConsoleText: Sendable {
  private static let maximumLineLengthInBytes = 4096

  private enum State { case text, escape, sequence, string, stringEscape, charset }

  /// The complete lines.
  private(set) var lines: [String] = []
  /// The incomplete last line, for example a prompt.
  var unfinished: String { String(decoding: rest, as: UTF8.self) }

  private var rest: [UInt8] = []
  private var state = State.text

  /// All lines, including the incomplete one.
  var text: String {
    lines.map { $0 + "\n" }.joined() + (rest.isEmpty ? "" : unfinished + "\n")
  }

  /// Returns a range of the lines, including the incomplete one. The range is clamped.
  subscript(_ range: Range<Int>) -> [String] {
    let all = lines[...] + (rest.isEmpty ? [] : [unfinished])
    return Array(all[range.clamped(to: all.indices)])
  }

  mutating func append(_ bytes: some Sequence<UInt8>) {
    for byte in bytes { append(byte) }
  }

  private mutating func append(_ byte: UInt8) {
    switch state {
    case .text: appendText(byte)
    case .escape:
      switch byte {
      case UInt8(ascii: "["): state = .sequence
      case UInt8(ascii: "]"), UInt8(ascii: "P"), UInt8(ascii: "^"), UInt8(ascii: "_"):
        state = .string
      case UInt8(ascii: "(")...UInt8(ascii: "/"), UInt8(ascii: "#"), UInt8(ascii: "%"):
        state = .charset
      default: state = .text
      }
    case .sequence:
      // Text after a movement of the cursor belongs to another line.
      if "\nHJ".utf8.contains(byte), !rest.isEmpty { endLine() }
      if !(0x20...0x3F).contains(byte) { state = .text }
    case .string:
      if byte == 0x07 || byte == UInt8(ascii: "\n") { state = .text }
      if byte == 0x1B { state = .stringEscape }
    case .stringEscape, .charset: state = .text
    }
  }

  private mutating func appendText(_ byte: UInt8) {
    switch byte {
    case 0x1B: state = .escape
    case UInt8(ascii: "\n"): endLine()
    case 0x20..<0x7F, 0x80..., UInt8(ascii: "\t"):
      rest.append(byte)
      if rest.count == Self.maximumLineLengthInBytes { endLine() }
    default: break
    }
  }

  private mutating func endLine() {
    lines.append(unfinished)
    rest.removeAll(keepingCapacity: true)
  }
}
