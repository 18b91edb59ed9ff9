import Configuration
import Glibc
import SystemPackage

/// What the command line prescribes of the inputs of a build: the commit, all inputs, the lines of
/// probes.
struct BuildPins {
  private let expected: (inputs: BuildInputs, file: FilePath)?
  private let probes: InputProbes?
  /// The only commit that is accepted; nil for the newest one.
  private let commit: String?

  /// Reads the files.
  ///
  /// - Throws: `PinError`, `ProbeError`.
  init(_ request: BuildRequest) throws {
    expected = try request.expectedInputs.map { file in
      do {
        let text = try UntrustedFile.text(
          of: file, maximumSizeInBytes: JSONValue.largestFileInBytes)
        return (try BuildInputs(parsing: text), file)
      } catch {
        throw PinError.unreadable(file, reason: "\(error)")
      }
    }
    probes = try request.probes.map { try InputProbes.read($0) }
    let named = expected?.inputs.commit
    commit = request.commit ?? named
    if let expected, let named, let commit, commit != named {
      throw PinError.twoCommits(commit, expected.file, named)
    }
    if let expected, let commit, !DigestSyntax.isValid(commit) {
      throw PinError.unreadable(expected.file, reason: "its commit is '\(visible(commit))'")
    }
  }

  /// Tells this process and the stages which commit is accepted.
  func setCommit() {
    if let commit {
      setenv(BuildVariable.pinnedCommit.rawValue, commit, 1)
    } else {
      unsetenv(BuildVariable.pinnedCommit.rawValue)
    }
  }

  /// Records the lines of probes for the manifest stage, and compares the inputs with the expected
  /// ones. A build that goes on with an image keeps the lines with which the image was made.
  ///
  /// - Throws: `PinError.otherInputs`; what `InputProbes.ask` throws; `LinuxError`.
  func prepare(
    _ configuration: Configuration, _ paths: BuildPaths, _ stages: [Stage]
  ) async throws {
    if let probes {
      try probes.record(paths)
    } else if stages.contains(.image) {
      try await InputProbes.ask(configuration, paths).record(paths)
    }
    guard let expected else { return }
    let inputs = try BuildInputs(
      configuration, paths, commit: commit,
      probes: InputProbes.recorded(paths).digests)
    guard try inputs.digest != expected.inputs.digest else { return }
    throw PinError.otherInputs(
      expected.file, changes: inputs.changes(since: expected.inputs))
  }
}

/// A build cannot have the inputs that the command line prescribes.
enum PinError: ExitStatusError, CustomStringConvertible {
  case unreadable(FilePath, reason: String)
  case twoCommits(String, FilePath, String)
  case otherInputs(FilePath, changes: [String])

  var exitStatus: ExitStatus { .dataError }

  var description: String {
    switch self {
    case .unreadable(let file, let reason):
      "--expect-inputs \(file) cannot be used: \(reason)"
    case .twoCommits(let commit, let file, let expected):
      "--commit is \(commit), but --expect-inputs \(file) names \(expected); give the same one"
    case .otherInputs(let file, let changes):
      "nothing was built, because this host has other inputs than \(file):" + listed(changes)
        + "\n  make the checkout, the settings and the program here the same as there"
    }
  }
}
