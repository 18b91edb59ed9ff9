/// Reads a console for the one pattern that means success and the many that mean failure.
struct ConsoleWatch {
  private static let linesToTell = 20
  private static let linesToTellAfterFailure = 10

  private(set) var text = ConsoleText()
  /// What the machine said that it cannot come up for.
  private(set) var failure: (kind: ConsoleFailure, line: String, number: Int)?
  /// Whether the pattern of success was printed.
  private(set) var showsSuccess = false
  /// Whether a kernel said that it runs.
  private(set) var showsKernel = false
  private var checkedLines = 0
  private let findFailure: ConsoleFailure.Finder
  private let success: Regex<AnyRegexOutput>?

  /// - Throws: when `successPattern` is not a regular expression.
  init(successPattern: String? = nil) throws {
    success = try successPattern.map { try Regex($0) }
    findFailure = try ConsoleFailure.Finder()
  }

  mutating func append(_ bytes: [UInt8]) {
    text.append(bytes)
    while checkedLines < text.lines.count {
      check(text.lines[checkedLines])
      checkedLines += 1
    }
    // A prompt has no end of line.
    check(text.unfinished)
  }

  /// The lines around a failure, or else the last ones.
  var tellingLines: [String] {
    guard let failure else {
      return text[(text.lines.count - Self.linesToTell)..<(text.lines.count + 1)]
    }
    return text[
      (failure.number - Self.linesToTell)..<(failure.number + 1 + Self.linesToTellAfterFailure)]
  }

  /// The last lines in which the service manager says that a unit failed.
  var failedUnitLines: [String] {
    text.lines.filter { $0.hasPrefix("[FAILED]") }.suffix(Self.linesToTell)
  }

  private mutating func check(_ line: String) {
    showsKernel = showsKernel || line.contains("Linux version ")
    if let success, line.firstMatch(of: success) != nil { showsSuccess = true }
    guard failure == nil, let found = findFailure(line) else { return }
    failure = (found, line, number: checkedLines)
  }
}
