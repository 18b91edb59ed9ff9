import Configuration
import SystemPackage

/// An error that concerns a stage as a whole.
enum StageError: ExitStatusError, CustomStringConvertible {
  case outsideBuild(String)
  case nothingSigns(FilePath)
  case timedOut(limit: Duration, during: String)
  case interrupted(Interruption)

  var exitStatus: ExitStatus {
    switch self {
    case .outsideBuild: .usage
    case .nothingSigns: .unavailable
    case .timedOut, .interrupted: .failure
    }
  }

  var description: String {
    switch self {
    case .outsideBuild(let name):
      "stage \(name) was started outside a build (EIB_TMPFULLCONFIG is not set); stages "
        + "are run by buildscript. To run some of them: image-builder --stages \(name) ..."
    case .nothingSigns(let file):
      "\(file) cannot be signed, because neither image:signing_keyid nor image:signing_command is set"
    case .interrupted(let interruption): "it was ended by signal \(interruption.signal)"
    case .timedOut(let limit, let commands):
      "it was ended after \(DurationSyntax.text(limit)), the limit of build:stage_timeout"
        + "\(commands)\n  if it needs longer, raise that option; --explain build:stage_timeout "
        + "shows what sets it"
    }
  }
}

extension StageError: DetailedError {
  func describe(to failure: inout Failure) {
    switch self {
    case .outsideBuild, .nothingSigns: break
    case .timedOut: failure.cause = Failure.Cause(.timeOut, nil)
    case .interrupted(let interruption): failure.signal = interruption.signal
    }
  }
}
