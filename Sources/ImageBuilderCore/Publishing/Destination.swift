import Configuration
import SystemPackage

/// A place that finished outputs are published to. A new kind is a type in a file of its own and a
/// line in `Destinations.kinds`.
protocol Destination: Sendable {
  /// Nil when the configuration names no such place, and for a dry run.
  ///
  /// - Throws: `ConfigurationError`.
  init?(_ configuration: Configuration, _ paths: BuildPaths) throws

  /// Checks, before a build begins, that the outputs can be published.
  ///
  /// - Throws: `PublishingError`.
  func check() throws

  /// The directory of this host that is written to; nil when there is none.
  var localDirectory: FilePath? { get }
  /// The option that says where this is.
  var option: String { get }

  /// Publishes the output directory, all of it or nothing.
  ///
  /// - Returns: what to report.
  /// - Throws: `PublishingError`, `CommandFailure`, `LinuxError`.
  func publish(_ outputs: FilePath) async throws -> String

  /// Removes what a build that was killed had published in part.
  ///
  /// - Throws: `CommandFailure`.
  func removePartial() async throws
}

/// The destinations of a build.
struct Destinations: Sendable {
  private static let kinds: [any Destination.Type] = [DirectoryDestination.self]

  let all: [any Destination]

  /// - Throws: `ConfigurationError`.
  init(_ configuration: Configuration, _ paths: BuildPaths) throws {
    all = try Self.kinds.compactMap { try $0.init(configuration, paths) }
  }

  /// The directories of this host that are written to.
  var localDirectories: [FilePath] { all.compactMap(\.localDirectory) }

  /// - Throws: `PublishingError`.
  func check() throws {
    for destination in all { try destination.check() }
  }

  /// - Throws: `CommandFailure`.
  func removePartial() async throws {
    for destination in all { try await destination.removePartial() }
  }
}
