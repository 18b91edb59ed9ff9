/// Searches the output on a console for the pattern that means success and for those that mean
/// failure.
struct ConsoleWatch {
  private static let linesToTell = 20
  private static let linesToTellAfterFailure = 10

  private(set) var text = ConsoleText()
  /// The first failure that was printed.
  private(set) var failure: (kind: ConsoleFailure, line: String, number: Int)?
  /// Whether the pattern for success was printed.
  private(set) var showsSuccess = false
  /// Whether a kernel has started.
  private(set) var showsKernel = false
  private var checkedLines = 0
  private let findFailure: ConsoleFailure.Finder
  private let success: Regex<AnyRegexOutput>?

  /// - Throws: if `successPattern` is not a valid regular expression.
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
    // A prompt does not end with a newline.
    check(text.unfinished)
  }

  /// The lines around the failure, or the last lines if there is none.
  var relevantLines: [String] {
    guard let failure else {
      return text[(text.lines.count - Self.linesToTell)..<(text.lines.count + 1)]
    }
    return text[
      (failure.number - Self.linesToTell)..<(failure.number + 1 + Self.linesToTellAfterFailure)]
  }

  /// The last lines with which the service manager reports a failed unit.
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
