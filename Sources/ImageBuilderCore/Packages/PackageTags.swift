import Configuration
import SystemPackage

/// `image-builder pkg show-tag`: the names of packages, by the content of their files. It needs no root
/// privileges, no lock and no network.
package struct PackageTags: Sendable {
  private let packages: [PackageDefinition]
  private let hash: String?

  /// - Throws: `YAMLProblems`; `ConfigurationError`.
  package init(_ request: PackageRequest) throws {
    packages = try request.directories.map {
      try PackageReading.definition(request, $0, defaults: PackageDefaults())
    }
    hash = request.hash
  }

  /// - Parameter isCanonical: whether names without a registry are shown with that of Docker.
  /// - Returns: a line for each package.
  /// - Throws: `GitFailure`; `BadTag`; `LinuxError`; `Interruption`.
  package func text(isCanonical: Bool) throws -> String {
    try TerminationSignals.run {
      let names = try await concurrentMap(packages, atMost: 8) { [hash] in
        try await PackageTag($0, hash: hash).name
      }
      return names.map { (isCanonical ? $0.canonical : $0.description) + "\n" }.joined()
    }
  }
}
