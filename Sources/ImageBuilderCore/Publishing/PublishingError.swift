import Configuration

/// The reason why outputs are not published.
enum PublishingError: ExitStatusError, CustomStringConvertible {
  /// The place is that of the destination.
  case alreadyPublished(PublishedVersion, String)
  case unusableVariant(String)
  case missingPlace(DestinationKind)
  /// The option or the variable, the value, and a description of the accepted ones.
  case unusablePlace(String, found: String, accepted: String)
  /// A publish hook that does what a destination does.
  case doubledHook(String, DestinationKind)
  /// The host of another build, and the object that it holds while it publishes the version.
  case publishedByOther(PublishedVersion, host: String, claim: String)

  var exitStatus: ExitStatus { .dataError }

  var description: String {
    switch self {
    case .alreadyPublished(let version, let place):
      "\(version) exists already in \(place); a published build is never overwritten. "
        + "Remove it or build with another --build-version"
    case .unusableVariant(let path):
      "\(path) cannot be published: destinations keep a version below "
        + "PRODUCT/BRANCH/ARCH/PLATFORM/PERSONALITY, where no name may begin with a dot, and no "
        + "product may be called \(PublishedVariant.reservedNames.sorted().joined(separator: ", "))"
    case .missingPlace(let kind): "\(Options.publish.destinations.name) \(kind.absence)"
    case .unusablePlace(let name, let found, let accepted):
      "\(name) is '\(visible(found))'; accepted: \(accepted)"
    case .doubledHook(let hook, let kind):
      "publish:hooks has \(hook), which publishes to the same place as \(kind.rawValue) in "
        + "publish:destinations; remove one of them"
    case .publishedByOther(let version, let host, let claim):
      "\(version) is being published by a build on \(visible(host)), or was when that build was "
        + "killed. If no build of it runs, remove \(claim)"
    }
  }
}

/// A destination that cannot be reached, read or written now. It is not an empty one.
struct UnreachableDestination: ExitStatusError, CustomStringConvertible {
  /// The place of the destination.
  let place: String
  let reason: String

  var exitStatus: ExitStatus { .unavailable }
  var description: String { "\(visible(place)) cannot be used: \(visible(reason))" }
}
