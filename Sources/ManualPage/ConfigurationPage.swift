import SystemPackage

@testable import Configuration

/// The manual page image-builder.ini(5), generated from the defaults.ini and schema.ini of a
/// directory.
struct ConfigurationPage {
  private let file: INIFile
  private let schema: Schema
  private let comments: DocumentationComments

  init(_ directory: FilePath) throws {
    let sources = ConfigurationSources(sourceDirectory: directory, configDirectory: directory)
    file = try INIFile(path: sources.configDirectory.appending("defaults.ini"))
    schema = try Schema(reading: [sources.configDirectory.appending("schema.ini")])
    comments = DocumentationComments(sources)
  }

  var text: String {
    Self.introduction + file.sections.map(section).joined() + Self.ending
  }

  private func section(_ name: ExactName, _ options: INIFile.Section) -> String {
    var text = ".SS [\(Roff.escaped(name.text))]\n"
    if let comment = comments.sections[name] { text += Roff.paragraph(comment.text) }
    for group in groups(of: options, in: name) {
      for (number, option) in group.enumerated() {
        text += number == 0 ? ".TP\n" : ".TQ\n"
        text += heading(of: option, options[option]?.text ?? "")
      }
      guard let first = group.first else { continue }
      let comment = comments.comment(of: OptionName(section: name, option: first))?.text ?? ""
      let words = comment.replacing("\nMerged.", with: "")
      text += words.isEmpty ? "" : Roff.lines(words)
      for option in group { text += facts(of: OptionName(section: name, option: option)) }
    }
    return text
  }

  /// Options that share a comment are told together.
  private func groups(of options: INIFile.Section, in section: ExactName) -> [[ExactName]] {
    var groups: [[ExactName]] = []
    var previous: Origin?
    for option in options.keys {
      let origin = comments.comment(of: OptionName(section: section, option: option))?.origin
      if let origin, origin == previous {
        groups[groups.count - 1].append(option)
      } else {
        groups.append([option])
      }
      previous = origin
    }
    return groups
  }

  private func heading(of option: ExactName, _ value: String) -> String {
    let words = PythonText.words(value)
    // A long list is below its name in defaults.ini; here its length says enough.
    let shown = words.count > 6 ? "(\(words.count) words)" : words.joined(separator: " ")
    return "\\fB\(Roff.escaped(option.text))\\fR = \(Roff.escaped(shown))\n"
  }

  private func facts(of name: OptionName) -> String {
    let merged = MergedOptions().options(in: name.section).first {
      MergedPart(name.option, of: $0.option) != nil
    }
    let name = OptionName(section: name.section, option: merged?.option ?? name.option)
    let rules = schema.rules(for: name).map(\.kind.description)
    let variable = Configuration.variable(name.section.text, name.option.text)
    return ".br\n" + Roff.lines((rules + ["$\(variable)"]).joined(separator: "; "))
  }

  private static let introduction = #"""
    .\" Made by "make manual" from config/defaults.ini and config/schema.ini.
    .TH IMAGE\-BUILDER.INI 5 "" "image\-builder" "File formats"
    .SH NAME
    image\-builder.ini \- configuration of image\-builder
    .SH SYNOPSIS
    config/defaults.ini, config/product/*.ini, config/branch/*.ini, config/arch/*.ini,
    config/platform/*.ini, config/personality/*.ini, config/ATTRIBUTE\-ATTRIBUTE/*.ini,
    /etc/eos\-image\-builder/config.ini, config/local.ini,
    /etc/eos\-image\-builder/private.ini, config/private.ini
    .SH DESCRIPTION
    The files are read in this order; what a later one sets counts. Those of \-\-localdir come before
    config/local.ini. None is required. Private ones are for secrets: what they set is in no log
    and no output.
    .PP
    Lines are those of Python's configparser: [SECTION], OPTION = VALUE, comments with # or ; at the
    start of a line, more indented lines that continue a value. ${OPTION} and ${SECTION:OPTION} stand
    for the value of another option, $$ for a dollar sign.
    .PP
    Of an option that is called merged below, every file can add words with OPTION_add and take words
    away with OPTION_del; a plain OPTION replaces the whole list.
    .PP
    config/schema.ini says what options there are and what they may hold:
    .TP
    \fBOPTION_required\fR = true
    It must be set to something.
    .TP
    \fBOPTION_values\fR = WORDS
    The values it may have.
    .TP
    \fBOPTION_type\fR = TYPE
    path, paths, file, bool, integer, size (500M), duration (90m), url, or regex:PATTERN.
    .TP
    \fBOPTION_merged\fR = true, \fBOPTION_secret\fR = true, \fBOPTION_deprecated\fR = use X
    It is a merged list; it is shown as <private>; it gets a warning.
    .TP
    \fB[schema] unknown\fR = error | warn | allow
    What happens to names that nothing declares.
    .PP
    "image\-builder \-\-check" checks all of it, "image\-builder \-\-explain SECTION:OPTION" tells where
    a value comes from.
    .SH OPTIONS
    With their defaults, and the variable that hooks find the value in.

    """#

  private static let ending = """
    .SH SEE ALSO
    .BR image\\-builder (8),
    .BR ostree (1),
    .BR ostree.repo\\-config (5)

    """
}
