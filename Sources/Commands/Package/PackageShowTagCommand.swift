import ArgumentParser
import Configuration

/// `image-builder pkg show-tag`: prints the names of packages.
package struct PackageShowTagCommand: ParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "show-tag",
    abstract: "Print the names of packages, with the hashes of their files.",
    usage: "image-builder pkg show-tag <dir> ... [<option> ...]")

  @OptionGroup var packages: PackageOptions
  @Flag(help: "Print docker.io in front of names without a registry.")
  package var canonical = false

  package init() {}

  /// What is asked.
  package var request: PackageRequest { packages.request }

  /// Starts the engine with the same command line.
  package func run() throws {
    try reportingErrors { _ in try Engine.run() }
  }
}

/// The packages that are meant, and what takes the place of keys of their files.
struct PackageOptions: ParsableArguments {
  @Argument(help: "Directories of packages.", completion: .directory)
  var directories: [String]
  @Option(
    name: [.long, .customLong("org", withSingleDash: true)],
    help: ArgumentHelp(
      "First part of names: a registry or a user. (default: that of the file, or of "
        + "LINUXKIT_PKG_ORG)", valueName: "name"))
  var org: String?
  @Option(
    name: [.long, .customLong("hash", withSingleDash: true)],
    help: ArgumentHelp("Takes the place of the hash of the files.", valueName: "hash"))
  var hash: String?
  @Option(help: ArgumentHelp("Form of tags. (default: {{.Hash}})", valueName: "form"))
  var tag: String?
  @Option(help: ArgumentHelp("Name of the file of a package.", valueName: "file"))
  var buildYml = "build.yml"
  @Option(help: ArgumentHelp("Name of the Dockerfile.", valueName: "file"))
  var dockerfile: String?
  @Option(
    help: ArgumentHelp("File with build arguments; may be repeated.", valueName: "file"),
    completion: .file())
  var buildArgFile: [String] = []
  @Flag(help: "Names for trials: the user's name, and dev.")
  var dev = false

  var request: PackageRequest {
    let environment = currentEnvironment()
    var request = PackageRequest(directories.map(Directories.absolute))
    request.file = buildYml
    request.organization =
      org ?? (dev ? environment["USER"] : nil) ?? environment["LINUXKIT_PKG_ORG"]
    request.hash = hash ?? (dev ? "dev" : nil)
    (request.tag, request.dockerfile) = (tag, dockerfile)
    request.buildArgumentFiles = buildArgFile.map(Directories.absolute)
    return request
  }
}
