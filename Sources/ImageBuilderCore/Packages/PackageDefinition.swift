import Configuration
import SystemPackage

/// A package: a directory with a Dockerfile and a file that describes it, from which images are built.
struct PackageDefinition: Sendable, Equatable {
  /// A file or directory outside the package that is a part of it.
  struct ExtraSource: Sendable, Equatable {
    let source: FilePath
    /// The path in the package, relative.
    let destination: FilePath
  }

  /// Images that are put into the package as archives of Docker.
  struct ImageArchives: Sendable, Equatable {
    /// Names with digests.
    let images: [String]
    /// One archive of one image, relative to the package.
    let file: FilePath?
    /// A directory with an archive for each image, relative to the package.
    let directory: FilePath?
  }

  struct BuildArgument: Sendable, Equatable {
    let name: String
    let value: String
  }

  /// Absolute.
  let directory: FilePath
  let image: String
  let organization: String
  /// The form of tags, with `{{.Hash}}`.
  let tagForm: String
  /// The value of the label `org.opencontainers.image.source`.
  let sourceRepository: String
  let dockerfile: FilePath
  /// Go's names, such as `amd64`; nil if the file leaves them open.
  let architectures: [String]?
  let extraSources: [ExtraSource]
  let hasNetwork: Bool
  let usesCache: Bool
  let buildArguments: [BuildArgument]
  /// The text of the label `org.mobyproject.config`.
  let configuration: String?
  let archives: ImageArchives?

  /// The name without a tag.
  var name: String { organization.isEmpty ? "/\(image)" : "\(organization)/\(image)" }
}

/// The name of an image with its tag.
struct PackageName: Sendable, Hashable, CustomStringConvertible {
  /// `ORG/IMAGE`.
  let repository: String
  let tag: String

  var description: String { "\(repository):\(tag)" }

  /// The name with the registry that a name without one is of: `docker.io`.
  var canonical: String { Self.canonical(description) }

  /// A name that begins with a host has a dot or a colon in its first part, or is at localhost
  /// (docker's reference.ParseNormalizedNamed).
  static func canonical(_ name: String) -> String {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    if parts.count == 1 { return "docker.io/library/\(name)" }
    let isHost = parts[0].contains { ".:".contains($0) } || parts[0] == "localhost"
    return isHost ? name : "docker.io/\(name)"
  }
}
