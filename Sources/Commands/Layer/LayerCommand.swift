import ArgumentParser
import Configuration
import SystemPackage

/// `image-builder layer`: builds a layer from packages or playbooks, and looks after those that were
/// built. A link to the program with the name image-build is this command.
package struct LayerCommand: WordCommand {
  package static let configuration = CommandConfiguration(
    commandName: "image-builder layer",
    abstract: "Build a layer of an OCI image from packages or playbooks, and publish it.",
    discussion: """
      A layer is described by a YAML file, as for OpenCHAMI's image-build: packages and commands on an \
      empty filesystem or on a parent image, or playbooks of Ansible. See docs/layers.md.
      """,
    subcommands: [
      LayerBuildCommand.self, LayerInputsCommand.self, LayerListCommand.self,
      LayerPruneCommand.self,
    ],
    defaultSubcommand: LayerBuildCommand.self)

  package static let word = "layer"
  private static let link = "image-build"

  package init() {}

  /// The word is that of the command if an option or another word follows. Alone, it is a branch.
  package static func isMeant(before rest: some Collection<String>) -> Bool { !rest.isEmpty }

  /// Returns the command line with the word of this command, if the program was started by the link.
  package static func replacingLink(in commandLine: [String]) -> [String] {
    let name = commandLine.first.flatMap { FilePath($0).lastComponent?.string }
    guard name == link else { return commandLine }
    let rest = Array(commandLine.dropFirst())
    return [commandLine[0], word] + (rest.isEmpty ? ["--help"] : rest)
  }

  package func run() throws {
    throw CleanExit.helpRequest(self)
  }
}

/// A command of layers that the engine runs.
protocol LayerEngineCommand: ParsableCommand {}

extension LayerEngineCommand {
  /// Starts the engine with the same command line.
  package func run() throws {
    try reportingErrors { _ in
      try Engine.run(
        Array(LayerCommand.replacingLink(in: CommandLine.arguments).dropFirst()))
    }
  }
}

/// The directories that commands of layers use.
package struct LayerDirectories: ParsableArguments {
  @Option(
    help: ArgumentHelp("Directory for downloads and builds.", valueName: "dir"),
    completion: .directory)
  var cachedir = ConfigurationSources.standardCacheDirectory.string

  package init() {}

  /// CACHEDIR.
  package var cacheDirectory: FilePath { Directories.absolute(cachedir) }
}
