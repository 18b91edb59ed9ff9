import ArgumentParser
import Configuration

/// `image-builder pkg`: packages, which are directories from which images are built that bear the hash of
/// their files.
package struct PackageCommand: WordCommand {
  package static let configuration = CommandConfiguration(
    commandName: "image-builder pkg",
    abstract: "Name packages of LinuxKit's form by their content.",
    discussion: """
      A package is a directory with a Dockerfile and a build.yml, as for linuxkit pkg. See \
      docs/packages.md.
      """,
    subcommands: [PackageShowTagCommand.self])

  package static let word = "pkg"

  package init() {}

  /// The word is that of the command if another word follows. Alone, it is a branch.
  package static func isMeant(before rest: some Collection<String>) -> Bool { !rest.isEmpty }

  package func run() throws {
    throw CleanExit.helpRequest(self)
  }
}
