import ArgumentParser
import Configuration
import SystemPackage

/// `image-builder layer --config FILE`: builds a layer and publishes it.
package struct LayerBuildCommand: LayerEngineCommand {
  package static let configuration = CommandConfiguration(
    commandName: "build", abstract: "Build a layer and publish it. (default)",
    usage: "image-builder layer --config <file> [--dry-run] [--json] [<option> ...]",
    discussion: """
      Each key of the file is an option, too, and options replace keys. Lists take words up to the next \
      option. All mistakes are told before anything is done, with exit status 65.
      """)

  @Option(
    help: ArgumentHelp("The YAML file that describes the layer.", valueName: "file"),
    completion: .file(extensions: ["yaml", "yml"]))
  var config: String
  @Flag(help: "Check the file, and tell what would be done.")
  var dryRun = false
  @Flag(help: "Build the layer even if one with the same inputs is in the store.")
  var rebuild = false
  @Flag(inversion: .prefixedNo, help: "Publish the layer, as its file says. (default)")
  var publish = true
  @Flag(
    inversion: .prefixedNo,
    help: "Build the layer, if it is not in the store; otherwise take what has its name. (default)")
  var build = true
  @Option(
    help: ArgumentHelp(
      "Directory for the reports of security scans. (default: the working directory)",
      valueName: "dir"), completion: .directory)
  var outdir: String?
  @Flag(help: "Print the answer as a JSON object.")
  var json = false
  @OptionGroup(title: "Layer") var layer: LayerSettingOptions
  @OptionGroup(title: "Packages and files") var packages: LayerPackageOptions
  @OptionGroup(title: "Security scans") var scans: LayerScanOptions
  @OptionGroup(title: "Playbooks") var playbooks: LayerPlaybookOptions
  @OptionGroup(title: "Publishing") var publishing: LayerPublishingOptions
  @OptionGroup(title: "Registries") var registries: LayerRegistryOptions
  @OptionGroup(title: "Directories") var directories: LayerDirectories

  package init() {}

  package func validate() throws {
    guard build || !rebuild else {
      throw ValidationError("--rebuild and --no-build exclude each other.")
    }
    guard build || publish else {
      throw ValidationError("Nothing is left to do: --no-build and --no-publish.")
    }
  }

  /// What is asked.
  package var request: LayerRequest {
    let settings = [
      layer.settings, packages.settings, scans.settings, playbooks.settings, publishing.settings,
    ].reduce(into: [:]) { $0.merge($1) { $1 } }
    var request = LayerRequest(
      file: Directories.absolute(config), settings: settings,
      cacheDirectory: directories.cacheDirectory,
      outputDirectory: Directories.absolute(outdir ?? "."))
    (request.isDry, request.isJSON) = (dryRun, json)
    (request.builds, request.rebuilds, request.publishes) = (build, rebuild, publish)
    registries.complete(&request)
    return request
  }
}
