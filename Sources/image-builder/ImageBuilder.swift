import ArgumentParser
import ImageBuilderCore

@main
enum Program {
  /// `stage NAME` is for buildscript. It is told by its two words, because a parser that knew it
  /// as a subcommand would take its name for a branch.
  static func main() {
    let arguments = Array(CommandLine.arguments.dropFirst())
    if arguments.count == 2, arguments[0] == "stage" {
      StageCommand.main(Array(arguments.dropFirst()))
    } else {
      ImageBuilder.main(arguments)
    }
  }
}

/// The command line: what is parsed here is what the help shows.
struct ImageBuilder: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "image-builder",
    abstract: "Turns an OSTree filesystem tree into bootable, signed, published disk images.",
    discussion: """
      A build needs root; the options that only show something need neither root nor network.

      Exit status: 0 built; 2 the build failed; 64 wrong usage; 65 the configuration or input \
      data is wrong; 69 a required tool, key or remote is missing; 75 another build holds the \
      lock; 128+N ended by signal N.
      """)

  @OptionGroup(title: "Variant") var variant: VariantOptions
  @OptionGroup(title: "Directories") var directories: DirectoryOptions
  @OptionGroup(title: "Build") var build: BuildCommandOptions
  @OptionGroup(title: "Show and exit") var show: ShowOptions

  func run() throws {
    try reportingErrors { filter in
      if show.check || show.checkAll {
        return try show.report { try ConfigurationCheck.run(checkedVariant(), loader()) }
      }
      if let directory = show.verify {
        return try show.report(verifying: directory) {
          try loader().load(variant.variant(), settings: settings()).signingPublicKeys
        }
      }
      let configuration = try loader().load(variant.variant(), settings: buildSettings())
      if let hidingPrivateValues = try? configuration.privateFilter() {
        filter = hidingPrivateValues
      }
      for warning in configuration.warnings where Build.properVersion == nil {
        complain(filter("warning: \(warning)"))
      }
      if show.isRequested {
        for error in configuration.refusedNames {
          complain(filter("warning: \(error) (a build is refused)"))
        }
        try print(show.text(of: configuration), terminator: "")
        return 0
      }
      try configuration.validate()
      return try Build(configuration, build.options()).run()
    }
  }

  private func loader() throws -> ConfigurationLoader {
    try ConfigurationLoader(directories.sources())
  }

  private func checkedVariant() throws -> Variant? {
    show.checkAll ? nil : try variant.variant()
  }

  /// A build that goes on with the files of another one has its version.
  private func buildSettings() throws -> BuildSettings {
    guard !show.isRequested, try build.options().goesOn, build.buildVersion == nil,
      Build.properVersion == nil
    else { return try settings() }
    return try settings(
      version: Build.versionLeft(for: loader().load(variant.variant(), settings: settings())))
  }

  private func settings(version: String? = nil) throws -> BuildSettings {
    try BuildSettings(
      buildVersion: version ?? Build.properVersion ?? build.buildVersion, isDryRun: build.dryRun,
      usesProductionOSTree: build.useProductionOstree)
  }
}

/// One stage of a running build; `buildscript` calls it.
struct StageCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "image-builder stage",
    abstract: "Run one stage of a running build (for buildscript).")

  @Argument(help: "ostree, image, manifest, check, publish or error.") var name: String

  func run() throws {
    try reportingErrors { _ in try StageProcess.run(name) }
  }
}
