import SystemPackage

/// An error in the configuration.
package indirect enum ConfigurationError: ErrorList, ExitStatusError, Equatable, Sendable {
  /// A file exists but cannot be read.
  case unreadable(FilePath, Errno)
  /// A directory given on the command line does not exist.
  case missingDirectory(FilePath, option: String)
  /// The directory given with --configdir contains no configuration file.
  case emptyConfiguration(FilePath)
  /// A file is not valid UTF-8. `byteOffset` is the offset of the first invalid byte in the file,
  /// starting at 0.
  case notUTF8(at: Origin, byteOffset: Int)
  /// A file starts with a byte order mark.
  case byteOrderMark(FilePath)
  /// A line is not a section header, an option, a comment or a continuation line.
  case syntax(SyntaxProblem, at: Origin)
  /// A section appears twice in a file.
  case duplicateSection(String, at: Origin, first: Origin)
  /// An option appears twice in a section of a file.
  case duplicateOption(section: String, option: String, at: Origin, first: Origin)
  /// A `$` does not start a valid reference. `found` is nil if the text is private.
  case badReference(section: String, option: String, found: String?, at: Origin)
  /// A reference names an option that is not set.
  case unknownReference(
    section: String, option: String, reference: String, nearest: String?, at: Origin)
  /// References are nested more than ten levels deep, which is configparser's limit, or are
  /// circular.
  case tooDeep(section: String, option: String, reference: String, at: Origin)
  /// A value expands to too much text or has too many references.
  case tooLong(section: String, option: String, at: Origin)
  /// An option that the program needs or `--explain` names is not set.
  case missingOption(section: String, option: String, nearest: String?)
  /// An option does not accept its value. `found` is nil if the value is private.
  case unacceptable(
    section: String, option: String, found: String?, accepted: String, nearest: String?,
    at: Origin)
  /// An option has a value that cannot be used as it is. `problem` begins with a verb and does not
  /// contain the value.
  case unusable(section: String, option: String, problem: String, at: Origin)
  /// An option that the schema requires is not set or is empty. `emptied` is where it was set.
  case required(section: String, option: String, rule: Origin, emptied: Origin?)
  /// A name cannot be a part of a file name.
  case badName(what: String, found: String)
  /// There is no file for a value of an attribute. `directory` is where the file would be.
  case unknownAttribute(Attribute, found: String, known: [String], directory: FilePath?)
  /// None of the configuration directories has a file of a fleet. `files` are those that could be.
  case unknownFleet(String, known: [String], files: [FilePath])
  /// The file given with `--vars` does not exist.
  case missingVariablesFile(FilePath)
  /// The file given with `--vars`, which is public, is one of the private files.
  case privateVariablesFile(FilePath)
  /// A word of `--only` or `--skip` matches no variant.
  case unmatchedSelection(option: String, word: String, accepted: String, nearest: String?)
  /// `--only` and `--skip` leave no variant.
  case emptySelection(words: String)
  /// Images cannot be built for the processor of the host. The value is the `machine` field of
  /// uname(2).
  case unknownHost(String)
  /// SOURCE_DATE_EPOCH is not a valid number of seconds.
  case badSourceDateEpoch(String)
  /// A section is not declared.
  case unknownSection(String, nearest: String?, at: Origin?)
  /// An option is not declared. `nearest` has the form in which it is to be written.
  case unknownOption(section: String, option: String, nearest: String?, at: Origin)
  /// A kernel argument cannot be set. `argument` is nil if it is private.
  case badKernelArgument(argument: String?, reason: String, at: Origin)
  /// A `_del` option removes a word that no `_add` option adds. `word` is nil if it is private.
  case unmatchedDeletion(OptionPlace, word: String?, nearest: String?)
  /// None of the hook directories contains a hook that an option names.
  case missingHook(
    section: String, name: String, lookedIn: [FilePath], nearest: String?, at: Origin)
  /// A hook has an invalid `hook-timeout` comment.
  case badHookTimeout(found: String, at: Origin)
  /// A line of a schema cannot check anything.
  case ineffectiveRule(OptionPlace, reason: String)
  /// A file or directory in a configuration directory is never read.
  case strayFile(FilePath, accepted: String, nearest: String?)
  /// An option for a directory that builds empty, or for the file names in it, has an unsafe value.
  case unsafeDirectory(option: String, FilePath, reason: String)
  /// The path or file name that an option sets cannot be used.
  case unusablePath(option: String, FilePath, reason: String)
  /// Two options have the same variable in the environment of hooks.
  case collision(variable: String, OptionPlace, OptionPlace)
  /// A value contains a NUL character, which an environment variable cannot.
  case nulCharacter(section: String, option: String, at: Origin)
  /// An option cannot be saved, because its value would be read back as a different one.
  case cannotBeSaved(section: String, option: String, at: Origin?)
  /// A public view was requested of the saved configuration of a build, which does not record which
  /// settings are private.
  case publicViewUnavailable
  /// Further errors in a file that are not listed.
  case more(Int, in: FilePath)
  /// The path of a directory on the command line is that of something else, or leads through it.
  case notADirectory(FilePath, option: String)
  /// Several errors.
  case several([ConfigurationError])

  /// A syntax error in a line.
  package enum SyntaxProblem: Equatable, Sendable {
    /// An option before the first section header.
    case noSection
    /// A section header without `]` or without a name.
    case unclosedHeader
    /// Neither a section header nor a line with `=` or `:`.
    case noDelimiter
    /// No option name before the delimiter.
    case noOptionName
  }

  package var exitStatus: ExitStatus { .dataError }

  /// The line to correct, if the error is in one line of a file.
  var origin: Origin? {
    switch self {
    case .syntax(_, let place), .duplicateSection(_, let place, _),
      .duplicateOption(_, _, let place, _), .badReference(_, _, _, let place),
      .unknownReference(_, _, _, _, let place), .tooDeep(_, _, _, let place),
      .tooLong(_, _, let place), .unacceptable(_, _, _, _, _, let place),
      .unusable(_, _, _, let place),
      .unknownOption(_, _, _, let place),
      .missingHook(_, _, _, _, let place), .badHookTimeout(_, let place),
      .badKernelArgument(_, _, let place), .nulCharacter(_, _, let place), .notUTF8(let place, _):
      place
    case .required(_, _, let rule, let emptied): emptied ?? rule
    case .unknownSection(_, _, let place), .cannotBeSaved(_, _, let place): place
    case .unmatchedDeletion(let place, _, _), .ineffectiveRule(let place, _),
      .collision(_, _, let place):
      place.origin
    default: nil
    }
  }

  /// The option, if the error is that it is not declared or that its value is refused.
  var option: OptionName? {
    switch self {
    case .unknownOption(let section, let option, _, _), .unusable(let section, let option, _, _),
      .unacceptable(let section, let option, _, _, _, _):
      OptionName(section: ExactName(section), option: ExactName(option))
    default: nil
    }
  }

  /// The errors that this one consists of; itself if it is a single error.
  package var single: [ConfigurationError] {
    if case .several(let errors) = self { errors.flatMap(\.single) } else { [self] }
  }

  package var errors: [any Error] { single }

  /// The number of errors in one file that are listed.
  private static let mostErrorsInFile = 10

  /// Returns the first errors in a file, and one for the number of the others.
  static func first(
    of errors: [ConfigurationError], in file: FilePath
  ) -> [ConfigurationError] {
    let remaining = errors.count - mostErrorsInFile
    return remaining > 0
      ? errors.prefix(mostErrorsInFile) + [.more(remaining, in: file)] : errors
  }

  /// The error without what can differ between variants with the same fault.
  var withoutDetails: ConfigurationError {
    switch self {
    case .unknownReference(let section, let option, let reference, _, let at):
      .unknownReference(
        section: section, option: option, reference: reference, nearest: nil, at: at)
    case .unacceptable(let section, let option, _, _, _, let at) where at.file != nil:
      .unacceptable(
        section: section, option: option, found: nil, accepted: "", nearest: nil, at: at)
    case .missingOption(let section, let option, _):
      .missingOption(section: section, option: option, nearest: nil)
    case .unmatchedDeletion(let place, let word, _):
      .unmatchedDeletion(place, word: word, nearest: nil)
    case .missingHook(let section, let name, let directories, _, let at):
      .missingHook(section: section, name: name, lookedIn: directories, nearest: nil, at: at)
    default: self
    }
  }

  /// Returns one error for all of them; nil if there are none.
  package static func combining(_ errors: [ConfigurationError]) -> ConfigurationError? {
    let single = errors.flatMap(\.single)
    return single.count > 1 ? .several(single) : single.first
  }
}

/// An option and the place where it was set.
package struct OptionPlace: Equatable, Sendable, CustomStringConvertible {
  /// The name of the section.
  package let section: String
  /// The name of the option.
  package let option: String
  /// Where the option was set; nil if that is not known.
  package let origin: Origin?

  /// `SECTION:OPTION (FILE:LINE)`.
  package var description: String {
    "\(section):\(option)" + (origin.map { " (\($0))" } ?? "")
  }
}
