import SystemPackage

/// A problem in the configuration that does not fail a build.
package enum ConfigurationWarning: Equatable, Sendable, CustomStringConvertible {
  /// An option has no effect.
  case ignoredOption(OptionPlace, reason: String)
  /// A file overrides an option that the command line sets.
  case overridesCommandLine(OptionPlace)
  /// A problem that would be an error in a closed configuration.
  case tolerated(ConfigurationError)
  /// A deprecated option is set.
  case deprecated(OptionPlace, use: String)
  /// Nothing reads an option that is set. `missing` is what the option asks for, if that is known.
  case unread(OptionPlace, missing: String?)
  /// This user cannot read a private file.
  case unreadablePrivateFile(FilePath)
  /// Other users than the owner have access to a private file.
  case readablePrivateFile(FilePath, FilePermissions)
  /// A private value is too short to be removed from logs.
  case shortPrivateValue(OptionPlace)

  /// The directory given with `--localdir` does not exist.
  case missingLocalDirectory(FilePath)

  /// The line that the warning is about, if there is one.
  var origin: Origin? {
    switch self {
    case .ignoredOption(let place, _), .overridesCommandLine(let place), .deprecated(let place, _),
      .unread(let place, _), .shortPrivateValue(let place):
      place.origin
    case .tolerated(let error): error.origin
    case .unreadablePrivateFile, .readablePrivateFile, .missingLocalDirectory: nil
    }
  }

  /// The message, with file and line.
  package var description: String {
    switch self {
    case .ignoredOption(let place, let reason): "\(place) is ignored: \(reason)"
    case .overridesCommandLine(let place): "\(place) overrides what the command line says"
    case .tolerated(let error): "\(error)"
    case .deprecated(let place, let use): "\(place) is deprecated; use \(use)"
    case .unread(let place, let missing):
      "\(place) has no effect: neither the program nor a hook of this variant reads it"
        + (missing.map { ", so \($0)" } ?? "")
    case .unreadablePrivateFile(let file):
      "\(file) cannot be read by this user; its settings are ignored"
    case .readablePrivateFile(let file, let mode):
      "\(file) is private but has mode \(String(mode.rawValue, radix: 8)), so that other users have "
        + "access to it; run: chmod 600 \(shellQuoted(file.string))"
    case .shortPrivateValue(let place):
      "\(place) is private but shorter than \(Configuration.shortestFilteredValue) characters: "
        + "it is not filtered from logs"
    case .missingLocalDirectory(let directory):
      "\(directory): no such directory; --localdir adds nothing to the configuration"
    }
  }
}
