import Configuration
import SystemPackage

/// The reason why outputs are not published.
enum PublishingError: ExitStatusError, CustomStringConvertible {
  case alreadyPublished(FilePath)

  var exitStatus: ExitStatus { .dataError }

  var description: String {
    switch self {
    case .alreadyPublished(let path):
      "\(path) exists already; a published build is never overwritten. "
        + "Remove it or build with another --build-version"
    }
  }
}
