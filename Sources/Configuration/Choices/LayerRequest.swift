import SystemPackage

/// What the command line asks of `image-builder layer`.
package struct LayerRequest: Sendable {
  /// The layer file, absolute.
  package let file: FilePath
  /// The settings of the command line, which replace those of the file.
  package let settings: [LayerKey: [String]]
  /// The directory of downloads and builds.
  package let cacheDirectory: FilePath
  /// The directory for the reports of security scans.
  package let outputDirectory: FilePath
  /// Whether only what would be done is told.
  package var isDry = false
  /// Whether the layer is built even if an equal one is there.
  package var rebuilds = false
  /// Whether the layer is built if no equal one is there. Otherwise the one that bears its name is taken.
  package var builds = true
  /// Whether the layer goes where its settings say.
  package var publishes = true
  /// Whether the result is told as JSON.
  package var isJSON = false
  /// What registries need whose options name no such file or directory.
  package var authenticationFile: String?
  package var certificateDirectory: String?

  /// - Parameters: absolute paths.
  package init(
    file: FilePath, settings: [LayerKey: [String]], cacheDirectory: FilePath,
    outputDirectory: FilePath
  ) {
    (self.file, self.settings) = (file, settings)
    (self.cacheDirectory, self.outputDirectory) = (cacheDirectory, outputDirectory)
  }
}
