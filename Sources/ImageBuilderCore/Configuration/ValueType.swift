import SystemPackage

/// The types that a schema can demand of a value.
enum ValueType: String, Sendable, CaseIterable {
  case path, paths, file, bool, integer, size

  /// What the type accepts, for a sentence that says "accepted: ...".
  var accepted: String {
    switch self {
    case .path: "the path of something that exists"
    case .paths: "paths of things that exist, with blanks between them"
    case .file: "the path of an existing file"
    case .bool: BooleanText.accepted
    case .integer: "a whole number"
    case .size: ByteSizeText.accepted
    }
  }

  /// Whether a value is of the type; relative paths start at `directory`.
  func accepts(_ text: String, relativeTo directory: FilePath) -> Bool {
    switch self {
    case .path: exists(text, in: directory)
    case .paths: PythonText.words(text).allSatisfy { exists($0, in: directory) }
    case .file:
      exists(text, in: directory) && !TextFile.isDirectory(directory.pushing(FilePath(text)))
    case .bool: BooleanText.value(text) != nil
    case .integer: Int(text) != nil
    case .size: ByteSizeText.value(text) != nil
    }
  }

  private func exists(_ text: String, in directory: FilePath) -> Bool {
    !text.utf8.contains(0) && TextFile.exists(directory.pushing(FilePath(text)))
  }
}

/// The words for true and false.
enum BooleanText {
  static let accepted = "true, false, yes, no, on, off, 1, 0"

  static func value(_ text: String) -> Bool? {
    switch PythonText.lowercased(text) {
    case "true", "yes", "on", "1": true
    case "false", "no", "off", "0": false
    default: nil
    }
  }
}

/// Numbers of bytes such as 500M.
enum ByteSizeText {
  static let accepted = "a number of bytes, with K, M, G or T for powers of 1024, such as 500M"

  static func value(_ text: String) -> UInt64? {
    let exponent = "KMGT".utf8.firstIndex(of: (text.utf8.last ?? 0) & ~0x20)
      .map { "KMGT".utf8.distance(from: "KMGT".utf8.startIndex, to: $0) + 1 }
    let digits = exponent == nil ? text.utf8[...] : text.utf8.dropLast()
    guard !digits.isEmpty, digits.allSatisfy({ (0x30...0x39).contains($0) }),
      let number = UInt64(String(decoding: digits, as: UTF8.self))
    else { return nil }
    let (size, overflows) = number.multipliedReportingOverflow(
      by: 1 << UInt64(10 * (exponent ?? 0)))
    return overflows ? nil : size
  }
}
