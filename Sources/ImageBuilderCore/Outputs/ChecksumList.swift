import Configuration
import SystemPackage

/// The content of SHA256SUMS.
struct ChecksumList: Sendable {
  /// The digests by file name, in lower-case hexadecimal.
  private(set) var digests: [ExactName: String] = [:]
  private(set) var findings: [OutputFinding] = []

  /// Parsing stops after this many findings; the file is something else then.
  private static let maximumFindings = 100

  /// - Parameter digests: the digests by file name.
  init(_ digests: [ExactName: String] = [:]) {
    self.digests = digests
  }

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

  /// The lines, sorted by name.
  var text: String {
    digests.sorted { $0.key < $1.key }.map { ChecksumLine.text($0.value, $0.key.text) }.joined()
  }

  /// Writes SHA256SUMS in OUTDIR and, if something signs, its signature.
  ///
  /// - Returns: whether it is signed.
  /// - Throws: `LinuxError`; as `Signing.with` and `Signer.sign`.
  @discardableResult
  func write(_ configuration: Configuration, _ paths: BuildPaths) async throws -> Bool {
    let file = paths.outputDirectory.appending(OutputListing.checksumList)
    try FileAccess.write(text, to: file)
    return try await Signing.with(configuration, paths) { signer in
      try await signer?.sign(
        Artifact(file), to: paths.outputDirectory.appending(OutputListing.checksumListSignature))
      return signer != nil
    }
  }

  private mutating func add(_ index: Int, _ problem: String) {
    findings.append(OutputFinding(OutputListing.checksumList, "line \(index + 1) \(problem)"))
  }
}
