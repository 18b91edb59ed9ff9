import Configuration

/// The reason why outputs are not published.
enum PublishingError: ExitStatusError, CustomStringConvertible {
  /// The name of the publication in the destination.
  case alreadyPublished(String)

  var exitStatus: ExitStatus { .dataError }

  var description: String {
    switch self {
    case .alreadyPublished(let publication):
      "\(publication) exists already; a published build is never overwritten. "
        + "Remove it or build with another --build-version"
    }
  }
}
