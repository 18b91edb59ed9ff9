import SystemPackage

/// What can be wrong with configuration.
package indirect enum ConfigurationError: ExitStatusError, Equatable, Sendable {
  /// A file is there but cannot be read.
  case unreadable(FilePath, Errno)
  /// A directory that was named is not there.
  case missingDirectory(FilePath, option: String)
  /// A file is not UTF-8 from this byte on, counted from 0 at its beginning.
  case notUTF8(at: Origin, byteOffset: Int)
  /// A file starts with a byte order mark.
  case byteOrderMark(FilePath)
  /// A line is neither a section header, an option, a comment nor a continuation.
  case syntax(SyntaxProblem, at: Origin)
  /// A section appears twice in one file.
  case duplicateSection(String, at: Origin, first: Origin)
  /// An option appears twice in one section of one file.
  case duplicateOption(section: String, option: String, at: Origin, first: Origin)
  /// A `$` starts no reference; `found` is nil when the text is private.
  case badReference(section: String, option: String, found: String?, at: Origin)
  /// A reference names what is not set.
  case unknownReference(
    section: String, option: String, reference: String, nearest: String?, at: Origin)
  /// References refer to references beyond Python's limit of ten, or in a circle.
  case tooDeep(section: String, option: String, reference: String, at: Origin)
  /// References expand to more text than anything takes, or are too many.
  case tooLong(section: String, option: String, at: Origin)
  /// An option that the program needs is not set.
  case missingOption(section: String, option: String, nearest: String?)
  /// A value is not what the option accepts; `found` is nil when it is private.
  case unacceptable(
    section: String, option: String, found: String?, accepted: String, nearest: String?,
    at: Origin)
  /// The schema demands an option that is not set, or that a file sets to nothing.
  case required(section: String, option: String, rule: Origin, emptied: Origin?)
  /// A name would not do as a part of file names.
  case badName(what: String, found: String)
  /// No file describes this value of an attribute. `directory` is where one would be.
  case unknownAttribute(Attribute, found: String, known: [String], directory: FilePath?)
  /// The host's processor is none that images are built for.
  case unknownHost(String)
  /// SOURCE_DATE_EPOCH is not a number of seconds.
  case badSourceDateEpoch(String)
  /// A section that nothing declares.
  case unknownSection(String, nearest: String?, at: Origin?)
  /// An option that nothing declares; `nearest` as it is to be written.
  case unknownOption(section: String, option: String, nearest: String?, at: Origin)
  /// A `_del` option names a word that no `_add` option adds; `word` is nil when it is private.
  case deletesNothing(OptionPlace, word: String?, nearest: String?)
  /// A hook that an option names is in none of the directories.
  case missingHook(
    section: String, name: String, lookedIn: [FilePath], nearest: String?, at: Origin)
  /// A comment in the first lines of a hook that gives no time limit though it is meant to.
  case badHookTimeout(found: String, at: Origin)
  /// A line of the schema that can check nothing.
  case uselessRule(OptionPlace, reason: String)
  /// A file or folder of a configuration directory that nothing ever reads.
  case strayFile(FilePath, accepted: String, nearest: String?)
  /// A directory that builds empty, and that they must not.
  case unsafeDirectory(option: String, FilePath, reason: String)
  /// Two options become one variable in the environment of hooks.
  case collision(variable: String, OptionPlace, OptionPlace)
  /// A value holds a NUL character, which no environment variable can.
  case nulCharacter(section: String, option: String, at: Origin)
  /// An option that would read back differently.
  case cannotBeSaved(section: String, option: String, at: Origin?)
  /// The saved configuration of a build does not tell which settings are private.
  case publicViewUnknown
  /// More than one thing is wrong.
  case several([ConfigurationError])

  /// What is wrong with one line.
  package enum SyntaxProblem: Equatable, Sendable {
    /// An option before any section header.
    case noSection
    /// A section header without its end.
    case unclosedHeader
    /// No `=` and no `:`.
    case noDelimiter
    /// Nothing in front of the delimiter.
    case noOptionName
  }

  package var exitStatus: ExitStatus { .dataError }

  /// The line to mend, when the error is about one line of a file.
  var origin: Origin? {
    switch self {
    case .syntax(_, let place), .duplicateSection(_, let place, _),
      .duplicateOption(_, _, let place, _), .badReference(_, _, _, let place),
      .unknownReference(_, _, _, _, let place), .tooDeep(_, _, _, let place),
      .tooLong(_, _, let place), .unacceptable(_, _, _, _, _, let place),
      .unknownOption(_, _, _, let place),
      .missingHook(_, _, _, _, let place), .badHookTimeout(_, let place),
      .nulCharacter(_, _, let place), .notUTF8(let place, _):
      place
    case .required(_, _, let rule, let emptied): emptied ?? rule
    case .unknownSection(_, _, let place), .cannotBeSaved(_, _, let place): place
    case .deletesNothing(let place, _, _), .uselessRule(let place, _), .collision(_, _, let place):
      place.origin
    default: nil
    }
  }

  /// The errors that this one consists of.
  package var single: [ConfigurationError] {
    if case .several(let errors) = self { errors.flatMap(\.single) } else { [self] }
  }

  /// One error for all of them; nil when there is none.
  package static func combining(_ errors: [ConfigurationError]) -> ConfigurationError? {
    let single = errors.flatMap(\.single)
    return single.count > 1 ? .several(single) : single.first
  }
}

/// An option and where it was set.
package struct OptionPlace: Equatable, Sendable, CustomStringConvertible {
  /// The section's name.
  package let section: String
  /// The option's name.
  package let option: String
  /// Where it was set.
  package let origin: Origin?

  /// `SECTION:OPTION (FILE:LINE)`.
  package var description: String {
    "\(section):\(option)" + (origin.map { " (\($0))" } ?? "")
  }
}
