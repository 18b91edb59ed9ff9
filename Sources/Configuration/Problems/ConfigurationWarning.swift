import SystemPackage

/// What is odd about configuration but stops no build.
package enum ConfigurationWarning: Equatable, Sendable, CustomStringConvertible {
  /// An option has no effect.
  case ignoredOption(OptionPlace, reason: String)
  /// A file sets what the command line sets.
  case overridesProgram(OptionPlace)
  /// What would be an error in a closed configuration.
  case tolerated(ConfigurationError)
  /// An option should not be used any more.
  case deprecated(OptionPlace, use: String)
  /// A private file that this user may not read.
  case unreadablePrivateFile(FilePath)
  /// A private file to which others than its owner have access.
  case readablePrivateFile(FilePath, FilePermissions)
  /// A private value is too short to be kept out of logs.
  case shortPrivateValue(OptionPlace)

  /// The line that the warning is about.
  var origin: Origin? {
    switch self {
    case .ignoredOption(let place, _), .overridesProgram(let place), .deprecated(let place, _),
      .shortPrivateValue(let place):
      place.origin
    case .tolerated(let error): error.origin
    case .unreadablePrivateFile, .readablePrivateFile: nil
    }
  }

  /// A sentence that names the place.
  package var description: String {
    switch self {
    case .ignoredOption(let place, let reason): "\(place) is ignored: \(reason)"
    case .overridesProgram(let place): "\(place) overrides what the command line says"
    case .tolerated(let error): "\(error)"
    case .deprecated(let place, let use): "\(place) is deprecated; use \(use)"
    case .unreadablePrivateFile(let file):
      "\(file) may not be read by this user: its settings are missing"
    case .readablePrivateFile(let file, let mode):
      "\(file) is private but has mode \(String(mode.rawValue, radix: 8)), which gives others "
        + "than its owner access to it; run: chmod 600 \(shellQuoted(file.string))"
    case .shortPrivateValue(let place):
      "\(place) is private but shorter than \(Configuration.shortestFilteredValue) characters: "
        + "it is not filtered from logs"
    }
  }
}
