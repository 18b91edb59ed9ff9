import Configuration
import SystemPackage

/// An error that concerns a stage as a whole.
enum StageError: ExitStatusError, CustomStringConvertible {
  case outsideBuild(String)
  case nothingSigns(FilePath)
  case timedOut(limit: Duration, during: String)

  var exitStatus: ExitStatus {
    switch self {
    case .outsideBuild: .usage
    case .nothingSigns: .unavailable
    case .timedOut: .failure
    }
  }

  var description: String {
    switch self {
    case .outsideBuild(let name):
      "stage \(name) was started outside a build (EIB_TMPFULLCONFIG is not set); stages "
        + "are run by buildscript. To run some of them: image-builder --stages \(name) ..."
    case .nothingSigns(let file):
      "\(file) cannot be signed, because neither image:signing_keyid nor image:signing_command is set"
    case .timedOut(let limit, let commands):
      "it was ended after \(DurationSyntax.text(limit)), the limit of build:stage_timeout"
        + "\(commands)\n  if it needs longer, raise that option; --explain build:stage_timeout "
        + "shows what sets it"
    }
  }
}
