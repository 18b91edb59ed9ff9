import Configuration
import SystemPackage

/// A problem with the files in EIB_MANIFESTDIR or OUTDIR.
enum OutputError: ExitStatusError, CustomStringConvertible {
  case invalidFragment(FilePath, reason: String)
  case conflictingFragments(key: String, FilePath, FilePath)
  case damaged([String])
  /// After a check or publish hook, given by its label, the outputs would not verify.
  case damagedByHook(String, [OutputFinding])
  case unreadableManifest(FilePath, reason: String)

  var exitStatus: ExitStatus { .failure }

  var description: String {
    switch self {
    case .invalidFragment(let path, let reason):
      "the manifest fragment \(path) is not a JSON object: \(reason)"
    case .conflictingFragments(let key, let first, let second):
      "the manifest fragments \(first) and \(second) give different values for \(key)"
    case .damaged(let findings):
      "the outputs do not verify:" + findings.map { "\n    \($0)" }.joined()
    case .damagedByHook(let hook, let findings):
      "the outputs do not verify after the hook \(hook):"
        + listed(findings.map(\.description))
        + "\n  check and publish hooks may add files, but must leave the verified ones as they are; "
        + "change those in a hook of the manifest group"
    case .unreadableManifest(let path, let reason):
      "\(path) does not say which image to boot: \(reason)"
    }
  }
}

extension OutputError: DetailedError {
  func describe(to failure: inout Failure) {
    guard case .damagedByHook = self, failure.stage == .publish else { return }
    failure.canResume = false
    failure.advice.append(
      "what was sent to destinations before is whole, and image-builder index lists it; correct the "
        + "hook before the next build")
  }
}
