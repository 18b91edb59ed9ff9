import SystemPackage

/// What is odd about configuration but stops no build.
public enum ConfigurationWarning: Equatable, Sendable, CustomStringConvertible {
  /// Two options become one variable in the environment of hooks; the second one's value is used.
  case collision(variable: String, OptionPlace, OptionPlace)
  /// An option has no effect.
  case ignoredOption(OptionPlace, reason: String)
  /// A file sets what the command line sets.
  case overridesProgram(OptionPlace)
  /// A line of the schema checks nothing.
  case uselessRule(OptionPlace, reason: String)
  /// An option should not be used any more.
  case deprecated(OptionPlace, use: String)
  /// No file describes this value of an attribute.
  case unknownAttribute(Attribute, found: String, known: [String], directory: FilePath)
  /// A private file that this user may not read.
  case unreadablePrivateFile(FilePath)
  /// A private file to which others than its owner have access.
  case readablePrivateFile(FilePath, FilePermissions)
  /// A private value is too short to be kept out of logs.
  case shortPrivateValue(OptionPlace)

  /// A sentence that names the place.
  public var description: String {
    switch self {
    case .collision(let variable, let first, let second):
      "\(first) and \(second) both become \(variable) in the environment of hooks; "
        + "the value of \(second.section):\(second.option) is used"
    case .ignoredOption(let place, let reason): "\(place) is ignored: \(reason)"
    case .overridesProgram(let place): "\(place) overrides what the command line says"
    case .uselessRule(let place, let reason): "\(place) in the schema checks nothing: \(reason)"
    case .deprecated(let place, let use): "\(place) is deprecated; use \(use)"
    case .unknownAttribute(let attribute, let found, let known, let directory):
      ConfigurationError.unknownAttribute(
        attribute, found: found, known: known, directory: directory
      ).description
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
