import Configuration

/// The content of SHA256SUMS.
struct ChecksumList: Sendable {
  /// The digests by file name, in lower-case hexadecimal.
  private(set) var digests: [ExactName: String] = [:]
  private(set) var findings: [OutputFinding] = []

  /// Parsing stops after this many findings; the file is something else then.
  private static let maximumFindings = 100

  /// An empty list.
  init() {}

  /// Accepts only the form that the manifest stage writes: `DIGEST  NAME` and a newline. Anything
  /// else is a finding.
  init(parsing text: String) {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    if text.isEmpty {
      findings.append(OutputFinding(OutputListing.checksumList, "is empty"))
    } else if lines.last != "" {
      findings.append(OutputFinding(OutputListing.checksumList, "its last line has no newline"))
    }
    lines.removeLast()
    for (index, line) in lines.enumerated() where findings.count < Self.maximumFindings {
      let (digest, rest) = (String(line.prefix(64)), line.dropFirst(64))
      guard DigestSyntax.isValid(digest), rest.hasPrefix("  "), rest.count > 2 else {
        add(index, "is not 'DIGEST  NAME', but \(line)")
        continue
      }
      let name = ExactName(String(rest.dropFirst(2)))
      if digests.updateValue(digest, forKey: name) != nil {
        add(index, "lists \(name.text) again")
      }
    }
  }

  private mutating func add(_ index: Int, _ problem: String) {
    findings.append(OutputFinding(OutputListing.checksumList, "line \(index + 1) \(problem)"))
  }
}
