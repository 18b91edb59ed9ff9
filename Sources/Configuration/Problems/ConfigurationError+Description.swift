extension ConfigurationError: CustomStringConvertible {
  /// The message: one sentence for each error, each on its own line.
  package var description: String {
    switch self {
    case .several(let errors): errors.map(\.description).joined(separator: "\n")
    case .unreadable, .missingDirectory, .emptyConfiguration, .notADirectory, .missingVariablesFile,
      .privateVariablesFile, .notUTF8, .byteOrderMark, .syntax, .duplicateSection, .duplicateOption,
      .more:
      fileDescription
    case .badReference, .unknownReference, .tooDeep, .tooLong: referenceDescription
    case .badName, .unknownAttribute, .unknownFleet, .unmatchedSelection, .emptySelection,
      .unknownHost, .badSourceDateEpoch:
      nameDescription
    case .unknownSection, .unknownOption, .unmatchedDeletion, .missingHook, .ineffectiveRule,
      .strayFile:
      unknownNameDescription
    default: valueDescription
    }
  }

  private var fileDescription: String {
    switch self {
    case .unreadable(let file, .invalidArgument):
      "\(file): is not a regular file"
    case .unreadable(let file, .fileTooLarge):
      "\(file): is larger than 64 MiB; is it the right file?"
    case .unreadable(let file, let errno): "\(file): cannot be read: \(errno)"
    case .missingDirectory(let directory, let option):
      "\(directory): no such directory; \(option) requires an existing directory"
    case .emptyConfiguration(let directory):
      "\(directory): contains no configuration file, neither defaults.ini nor a file such as "
        + "product/NAME.ini; --configdir requires a directory of configuration files"
    case .notADirectory(let path, let option):
      "\(path) is not a directory; \(option) requires a directory or the name of a new one"
    case .missingVariablesFile(let file):
      "\(file): no such file; --vars requires an existing file of settings"
    case .privateVariablesFile(let file):
      "\(file) is a private file, which is read anyway; --vars requires a file of public settings"
    case .notUTF8(let place, let offset):
      "\(place): byte \(offset) of the file is not valid UTF-8; save the file as UTF-8"
    case .byteOrderMark(let file):
      "\(file): byte 0 starts a byte order mark; save the file as UTF-8 without one"
    case .syntax(let problem, let place): "\(place): \(problem)"
    case .duplicateSection(let section, let place, let first):
      "\(place): section [\(section)] is already in this file, at \(first); join the two"
    case .duplicateOption(let section, let option, let place, let first):
      "\(place): option \(section):\(option) is already set in this file, at \(first); "
        + "keep one of the two"
    case .more(let count, let file):
      "\(file): \(count) more error\(count == 1 ? "" : "s") of this kind; is it the right file?"
    default: ""
    }
  }

  private var referenceDescription: String {
    switch self {
    case .badReference(let section, let option, let found, let place):
      "\(place): \(section):\(option) has a bad reference"
        + (found.map { " at '\($0)'" } ?? "")
        + "; write ${option}, ${section:option}, or $$ for a dollar sign"
    case .unknownReference(let section, let option, let reference, let nearest, let place):
      "\(place): \(section):\(option) refers to ${\(reference)}, which is not set"
        + suggestion(nearest)
    case .tooDeep(let section, let option, let reference, let place):
      "\(place): \(section):\(option): references are nested more than ten levels deep, or circular, "
        + "at \(reference)"
    case .tooLong(let section, let option, let place):
      "\(place): \(section):\(option) expands to more than \(Interpolator.longestValueInBytes) "
        + "bytes, or \(Interpolator.mostReferences) references"
    default: ""
    }
  }

  private var nameDescription: String {
    switch self {
    case .badName(let what, let found):
      "\(what) '\(found)' cannot be part of a file name; accepted are \(FileNamePart.accepted)"
    case .unknownAttribute(let attribute, let found, let known, let directory):
      "unknown \(attribute.rawValue) '\(found)'"
        + suggestion(NearestName.find(found, among: known))
        + (known.isEmpty ? "" : "; known are \(known.joined(separator: ", "))")
        + (directory.map { "; a new one needs \($0)/\(found).ini" } ?? "")
    case .unknownFleet(let found, let known, let files):
      "unknown fleet '\(found)'" + suggestion(NearestName.find(found, among: known))
        + (known.isEmpty ? "; there is none" : "; known are \(known.joined(separator: ", "))")
        + "; a new one needs \(files.map(\.string).joined(separator: " or "))"
    case .unmatchedSelection(let option, let word, let accepted, let nearest):
      "\(option) '\(word)' matches no variant; accepted: \(accepted)" + suggestion(nearest)
    case .emptySelection(let words):
      "\(words) leave no variant: words for the same attribute are alternatives, and words for "
        + "different attributes must all match"
    case .unknownHost(let machine):
      "no images can be built for this machine's processor, \(machine); "
        + "name one with --arch: \(Architecture.names.joined(separator: ", "))"
    case .badSourceDateEpoch(let text):
      "SOURCE_DATE_EPOCH is '\(text)'; it must be a number of seconds since 1970"
    default: ""
    }
  }

  private var unknownNameDescription: String {
    switch self {
    case .unknownSection(let section, let nearest, let place):
      (place.map { "\($0): " } ?? "") + "unknown section [\(section)]"
        + (section == Schema.ownSection.text ? "; it belongs in schema.ini" : suggestion(nearest))
        + (nearest == nil && place == nil ? "; --show-config shows all sections" : "")
    case .unknownOption(let section, let option, let nearest, let place):
      "\(place): unknown option \(section):\(option)" + suggestion(nearest)
    case .unmatchedDeletion(let place, let word, let nearest):
      "\(place.origin.map { "\($0): " } ?? "")\(place.section):\(place.option) removes "
        + "\(word.map { "'\($0)'" } ?? Interpolator.hiddenText), which no _add option adds"
        + suggestion(nearest)
    case .missingHook(let section, let name, let directories, let nearest, let place):
      "\(place): the hook \(name) that \(section):hooks names is not in "
        + directories.map { "\($0)/\(section)" }.joined(separator: " or ") + suggestion(nearest)
    case .ineffectiveRule(let place, let reason):
      "\(place) in the schema has no effect: \(reason)"
    case .strayFile(let path, let accepted, let nearest):
      "\(path) is never read; \(accepted)" + suggestion(nearest)
    default: ""
    }
  }

  private var valueDescription: String {
    switch self {
    case .missingOption(let section, let option, let nearest):
      "\(section):\(option) is not set" + suggestion(nearest)
    case .unacceptable(let section, let option, let found, let accepted, let nearest, let place):
      "\(place): \(section):\(option) is "
        + (found.map { "'\(Self.shown($0))'" } ?? "<private>")
        + "; accepted: \(accepted)" + suggestion(nearest)
    case .unusable(let section, let option, let problem, let place):
      "\(place): \(section):\(option) \(problem)"
    case .badKernelArgument(let argument, let reason, let place):
      "\(place): image:kernel_args has \(argument ?? Interpolator.hiddenText), which cannot be a "
        + "kernel argument: \(reason)"
    case .required(let section, let option, let rule, let emptied):
      (emptied.map { "\($0): \(section):\(option) is empty" } ?? "\(section):\(option) is not set")
        + "; the schema requires it (\(rule))"
    case .unsafeDirectory(let option, let path, let reason):
      "\(option) is \(path), which \(reason); a build empties that directory, "
        + "so give it one of its own"
    case .unusablePath(let option, let path, let reason): "\(option) is \(path), which \(reason)"
    case .collision(let variable, let first, let second):
      "\(first) and \(second) both become \(variable) in the environment of hooks; rename one"
    case .badHookTimeout(let found, let place):
      "\(place): '\(found.prefix(100))' sets no time limit; write # \(HookGroupOptions.timeoutComment): 5m, "
        + "\(DurationSyntax.accepted), 0s for no limit"
    case .nulCharacter(let section, let option, let place):
      "\(place): \(section):\(option) contains a NUL character; remove it"
    case .cannotBeSaved(let section, let option, let place):
      (place.map { "\($0): " } ?? "")
        + "\(section):\(option) cannot be saved: it would be read back differently; no word of a "
        + "merged value may start with # or ;, no path with a blank or end with one"
    case .publicViewUnavailable:
      "a saved configuration does not record which of its settings are private"
    default: ""
    }
  }

  private func suggestion(_ name: String?) -> String {
    name.map { "; did you mean \($0)?" } ?? ""
  }
}

extension ConfigurationError {
  /// The beginning of a value, without the logins of URLs.
  private static func shown(_ value: String) -> String {
    let text = URLAuthority.withoutLogins(value)
    return text.count > 100 ? "\(text.prefix(100))..." : text
  }
}

extension ConfigurationError.SyntaxProblem: CustomStringConvertible {
  /// What is wrong with the line, and what is expected.
  package var description: String {
    switch self {
    case .noSection: "an option before the first section; put a line [SECTION] above it"
    case .unclosedHeader: "a section header without ] at its end, or without a name"
    case .noDelimiter:
      "neither [SECTION] nor OPTION = VALUE; indent the line when it continues a value"
    case .noOptionName: "no option name before the = or :"
    }
  }
}
