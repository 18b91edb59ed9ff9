import SystemPackage

/// What the command line asks of `image-builder layer`.
package struct LayerRequest: Sendable {
  /// The layer file, absolute.
  package let file: FilePath
  /// The settings of the command line, which replace those of the file.
  package let settings: [LayerKey: [String]]
  /// The directory of downloads and builds.
  package let cacheDirectory: FilePath
  /// Whether only what would be done is told.
  package let isDry: Bool
  /// Whether the layer is built even if an equal one is there.
  package let rebuilds: Bool
  /// Whether the result is told as JSON.
  package let isJSON: Bool

  package init(
    file: FilePath, settings: [LayerKey: [String]], cacheDirectory: FilePath, isDry: Bool,
    rebuilds: Bool, isJSON: Bool
  ) {
    (self.file, self.settings, self.cacheDirectory) = (file, settings, cacheDirectory)
    (self.isDry, self.rebuilds, self.isJSON) = (isDry, rebuilds, isJSON)
  }
}
