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

  /// Groups the options that share a comment.
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
    // A long list is replaced by its length.
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
    .ad l
    .SH NAME
    image\-builder.ini \- configuration of image\-builder
    .SH SYNOPSIS
    config/defaults.ini, config/product/*.ini, config/branch/*.ini, config/arch/*.ini,
    config/platform/*.ini, config/personality/*.ini, config/ATTRIBUTE\-ATTRIBUTE.../*.ini,
    config/fleet/NAME.ini, /etc/eos\-image\-builder/config.ini, config/local.ini,
    /etc/eos\-image\-builder/private.ini, config/private.ini
    .SH DESCRIPTION
    The files are read in this order. A value in a later file replaces the value in an earlier one.
    The file of a fleet is read with \-\-fleet. The files of \-\-localdir are read before
    config/local.ini, that of \-\-vars after it. No file is required. The files
    private.ini are for secrets: their values do not appear in any log or output.
    .PP
    The syntax is that of Python's configparser: [SECTION], OPTION = VALUE, comments that start with
    # or ; at the beginning of a line, and indented lines that continue a value. ${OPTION} and
    ${SECTION:OPTION} are replaced by the value of another option, and $$ by a dollar sign.
    .PP
    If an option is described as merged below, each file can add words to it with OPTION_add and
    remove words with OPTION_del. A plain OPTION replaces the whole list.
    .PP
    config/schema.ini declares the options and the values that they accept:
    .TP
    \fBOPTION_required\fR = true
    The option must have a value.
    .TP
    \fBOPTION_values\fR = WORDS
    The accepted values.
    .TP
    \fBOPTION_type\fR = TYPE
    \#(ValueType.names.joined(separator: ", ")). A size is
    written like 500M, a duration like 90m.
    .TP
    \fBOPTION_merged\fR = true
    The option is a merged list.
    .TP
    \fBOPTION_secret\fR = true
    The value is shown as <private>.
    .TP
    \fBOPTION_deprecated\fR = TEXT
    Use of the option causes a warning that recommends TEXT.
    .TP
    \fB[schema] unknown\fR = error | warn | allow
    How unknown sections and options are reported.
    .PP
    "image\-builder \-\-check" checks all files of a variant. "image\-builder \-\-explain
    SECTION:OPTION" shows where a value comes from.
    .SH OPTIONS
    Each option is shown with its default and the environment variable of hooks that contains its value.

    """#

  private static let ending = """
    .SH SEE ALSO
    .BR image\\-builder (8),
    .BR ostree (1),
    .BR ostree.repo\\-config (5)

    """
}
