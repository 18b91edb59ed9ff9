import Commands
import Configuration

/// The manual page image-builder(8), generated from ArgumentParser's description of the command
/// line.
struct CommandPage {
  private let command: CommandDescription
  private let fleet: CommandDescription
  private let layer: CommandDescription
  private let package: CommandDescription

  init() throws {
    command = try CommandDescription(ImageBuilder.self)
    fleet = try CommandDescription(FleetCommand.self)
    layer = try CommandDescription(LayerCommand.self)
    package = try CommandDescription(PackageCommand.self)
  }

  var text: String {
    Self.header + name + Self.description + ".SH OPTIONS\n" + options + ".SH FLEETS\n" + fleets
      + ".SH LAYERS\n" + layers + ".SH PACKAGES\n" + packages + ".SH EXIT STATUS\n"
      + exitStatuses + ".SH ENVIRONMENT\n" + environment + Self.ending
  }

  private var name: String {
    let summary = command.abstract.prefix(1).lowercased() + command.abstract.dropFirst().dropLast()
    return ".SH NAME\n\(Roff.escaped(command.commandName)) \\- \(Roff.escaped(summary))\n"
  }

  private var options: String {
    Self.entries(command.arguments.filter(\.shouldDisplay), hasSections: true)
  }

  private static func entries(
    _ shown: [CommandDescription.Argument], hasSections: Bool
  ) -> String {
    shown.indices.map { number in
      let argument = shown[number]
      let previous = number > 0 ? shown[number - 1] : nil
      let next = number + 1 < shown.count ? shown[number + 1] : nil
      var text = ""
      if hasSections, previous == nil || previous?.sectionTitle != argument.sectionTitle {
        text += ".SS \(Roff.escaped(argument.sectionTitle ?? "Help"))\n"
      }
      // A flag and its opposite have one description.
      text += previous?.abstract == argument.abstract ? ".TQ\n" : ".TP\n"
      text += argument.heading + "\n"
      return next?.abstract == argument.abstract ? text : text + Roff.lines(argument.text)
    }.joined()
  }

  /// The commands for fleets, each with the options that the command line above does not have.
  private var fleets: String {
    let known = Set(command.arguments.flatMap { $0.names?.map(\.typed) ?? [] })
    return Roff.lines(
      "\"image-builder fleet COMMAND NAME\" works on all variants that the file config/fleet/NAME.ini "
        + "lists. All commands take --only, --skip, --json and the options of directories.")
      + Self.commands(of: "fleet", fleet) { argument in
        argument.valueName != "name"
          && !(argument.names ?? []).contains { known.contains($0.typed) }
      }
  }

  /// The commands for layers, each with all its options.
  private var layers: String {
    Roff.lines(
      "\"image-builder layer --config FILE\" builds a layer of an OCI image from packages or playbooks. "
        + "A link to the program named image-build is the same command, with the options of "
        + "OpenCHAMI's image-build.")
      + Self.commands(of: "layer", layer) { _ in true }
  }

  private var packages: String {
    Roff.lines(
      "\"image-builder pkg show-tag DIR\" names a package of LinuxKit's form by its content.")
      + Self.commands(of: "pkg", package) { _ in true }
  }

  private static func commands(
    of word: String, _ group: CommandDescription,
    _ isShown: (CommandDescription.Argument) -> Bool
  ) -> String {
    (group.subcommands ?? []).filter { $0.commandName != "help" }.map { command in
      let own = command.arguments.filter { $0.shouldDisplay && isShown($0) }
      return ".SS \(word) \(Roff.escaped(command.commandName))\n" + Roff.lines(command.abstract)
        + entries(own, hasSections: false)
    }.joined()
  }

  private var exitStatuses: String {
    ExitStatus.meanings.map { status, meaning in
      Roff.entry(Roff.bold("\(status.rawValue)"), Self.sentence(meaning))
    }.joined()
      + Roff.entry("\\fB128+\\fIN\\fR", "Terminated by signal N, as a shell shows it.")
      + Roff.paragraph("--check, --check-all and --verify end with 65 if something is wrong.")
  }

  private static func sentence(_ phrase: String) -> String {
    phrase.prefix(1).uppercased() + phrase.dropFirst() + "."
  }

  private var environment: String {
    let variables: KeyValuePairs<String, String> = [
      BuildVariable.sourceDateEpoch.rawValue:
        "Seconds since 1970 that replace the current time in the build version and the outputs.",
      BuildVariable.hookDirectory.rawValue:
        "A directory of hooks that replaces hooks in the checkout.",
      BuildVariable.retryAttempts.rawValue:
        "How often eib_retry of the hook library tries a command (10), and how often pulls and "
        + "transfers are tried without progress (any number of times in five minutes).",
      BuildVariable.retryInterval.rawValue:
        "How many seconds eib_retry, pulls and transfers wait before the second attempt (1).",
      "TMPDIR": "Where --verify unpacks the disk image (/var/tmp).",
      "http_proxy, https_proxy, ftp_proxy, all_proxy, no_proxy":
        "Proxies for pulls, tools and hooks; the names in capitals count too.",
    ]
    return variables.map { Roff.entry(Roff.bold($0), $1) }.joined()
  }

  private static let header = #"""
    .\" Made by "make manual" from Sources/Commands.
    .TH IMAGE\-BUILDER 8 "" "image\-builder" "System administration"
    .nr HY 0
    .ad l

    """#

  private static let description = #"""
    .SH SYNOPSIS
    .SY image\-builder
    [\fIoption\fR]... [\fIbranch\fR]
    .SY image\-builder
    \fB\-\-show\-config\fR|\fB\-\-show\-env\fR|\fB\-\-check\fR|\fB\-\-check\-all\fR
    [\fIoption\fR]... [\fIbranch\fR]
    .SY image\-builder
    \fB\-\-explain\fR \fIsection\fR[\fB:\fIoption\fR] [\fIoption\fR]... [\fIbranch\fR]
    .SY image\-builder
    \fBfleet\fR \fIcommand\fR \fIname\fR [\fIoption\fR]...
    .SY image\-builder
    \fBlayer\fR [\fBbuild\fR] \fB\-\-config\fR \fIfile\fR [\fIoption\fR]...
    .SY image\-builder
    \fBpkg show\-tag\fR \fIdir\fR... [\fIoption\fR]...
    .SY image\-builder
    \fBlayer inputs\fR|\fBlist\fR|\fBprune\fR [\fIoption\fR]...
    .SY image\-builder
    \fB\-\-verify\fR \fIdir\fR [\fB\-\-key\fR \fIfile\fR]... [\fIoption\fR]...
    .YS
    .SH DESCRIPTION
    image\-builder builds the image of a variant: a combination of product, branch, architecture,
    platform and personality. The configuration files say what belongs to each of them:
    .BR image\-builder.ini (5).
    .PP
    A build pulls the filesystem tree from an OSTree repository, deploys it, runs the hooks of the
    variant, and writes the disk image with a manifest, checksums and signatures. If
    boot_test:enable is set, it boots the image in a virtual machine. If publish:directory is set,
    it copies the outputs there. Builds of different variants can run at the same time. A build
    needs root privileges.
    .PP
    The options of "Show and exit" print an answer instead. They need no root privileges and
    change nothing. Only --verify with a URL and --show-apps need a network.
    .PP
    Answers go to standard output, all messages to standard error. The last message of a failed
    build is its cause.
    .PP
    "image\-builder index [directory]" makes index.json and index.html of the destinations again,
    from the versions that are there. It takes the options of the variant and of the directories.
    .PP
    "image\-builder stage NAME" runs one stage of a running build and is for buildscript only.

    """#

  private static let ending = #"""
    .SH FILES
    .TP
    .I config
    The configuration. With hooks, lib, helpers and data, it is in the checkout or, after
    "make install", in /usr/local/share/eos\-image\-builder.
    .TP
    .I /etc/eos\-image\-builder
    Settings of the host: config.ini, private.ini, and gnupg with the signing key.
    .TP
    .I /var/cache/eos\-image\-builder/build/VARIANT/out
    The outputs of the last build of a variant. VARIANT is
    PRODUCT\-BRANCH\-ARCH\-PLATFORM\-PERSONALITY.
    .TP
    .I /var/cache/eos\-image\-builder/build/VARIANT/build.txt
    The log of a build that runs or has failed. That of a successful build is among the outputs.
    .SH EXAMPLES
    Build the first image in a checkout. Before that, set login:user in config/local.ini; without a
    user nobody can log in:
    .PP
    .in +4n
    .EX
    cp config/local.ini.example config/local.ini
    sudo ./image\-builder \-\-product eos \-\-personality en master
    .EE
    .in
    .PP
    Find misspelled and missing names in the configuration of a variant:
    .PP
    .in +4n
    .EX
    image\-builder \-\-check \-\-product eos \-\-personality en
    .EE
    .in
    .PP
    Show which files add the hooks that finish the image:
    .PP
    .in +4n
    .EX
    image\-builder \-\-explain image:hooks \-\-product eos
    .EE
    .in
    .PP
    Verify published outputs with the public key of the signer:
    .PP
    .in +4n
    .EX
    image\-builder \-\-verify DIRECTORY \-\-key release\-key.asc
    .EE
    .in
    .PP
    Complete command lines in a shell for which "make install" has installed nothing (bash, zsh or
    fish):
    .PP
    .in +4n
    .EX
    \&. <(./image\-builder \-\-generate\-completion\-script bash)
    .EE
    .in
    .SH SEE ALSO
    .BR image\-builder.ini (5),
    .BR ostree (1)

    """#
}

extension CommandDescription.Argument {
  /// The names and the value, as typed on the command line.
  fileprivate var heading: String {
    let names = (names ?? []).map { Roff.bold($0.typed) }.joined(separator: ", ")
    return switch kind {
    case .positional: Roff.italic(valueName)
    case .flag: names
    case .option: "\(names) \(Roff.italic(valueName))"
    }
  }

  /// The description, with the values and the default as in the output of `--help`.
  fileprivate var text: String {
    let values = allValues.map { "values: \($0.joined(separator: ", "))" }
    let facts = [values, defaultValue.map { "default: \($0)" }].compactMap(\.self)
    let text = abstract ?? ""
    return facts.isEmpty ? text : "\(text) (\(facts.joined(separator: "; ")))"
  }
}
