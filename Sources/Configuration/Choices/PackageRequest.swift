import SystemPackage

/// What the command line says of packages. What it leaves open is in their files.
package struct PackageRequest: Sendable {
  /// The directories of the packages, absolute.
  package let directories: [FilePath]
  /// The name of the file that describes a package.
  package var file = "build.yml"
  /// The first part of the names of images: a registry, or a user of docker.io.
  package var organization: String?
  /// Takes the place of the hash of the files.
  package var hash: String?
  /// The form of tags, with `{{.Hash}}`.
  package var tag: String?
  package var dockerfile: String?
  /// Files with build arguments, one `NAME=VALUE` in a line, absolute.
  package var buildArgumentFiles: [FilePath] = []

  package init(_ directories: [FilePath]) {
    self.directories = directories
  }
}
