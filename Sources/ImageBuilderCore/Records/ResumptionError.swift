import Configuration
import SystemPackage

/// The reason why a build cannot be resumed.
enum ResumptionError: ExitStatusError, CustomStringConvertible {
  case otherBuildVersion(found: String, wanted: String, FilePath)
  case cannotResume(from: Stage, FilePath, reasons: [String], possible: Stage)

  var exitStatus: ExitStatus { .dataError }

  var description: String {
    switch self {
    case .otherBuildVersion(let found, let wanted, let directory):
      return "\(directory) holds what version \(found) left, so these stages cannot be run for "
        + "version \(wanted); add --build-version \(found)"
    case .cannotResume(let stage, let directory, let reasons, let possible):
      let advice = possible == .ostree ? "a whole build" : "--from-stage \(possible.rawValue)"
      return "cannot resume at the \(stage.rawValue) stage with what is in \(directory):"
        + listed(reasons) + "\n  run \(advice) instead"
    }
  }
}
