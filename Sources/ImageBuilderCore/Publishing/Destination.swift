import Configuration
import SystemPackage

/// A place to which finished outputs are published. To add a kind, add a type in its own file and a
/// line in `Destinations.kinds`.
protocol Destination: Sendable {
  /// Returns nil if the destination is not configured, and for a dry run.
  ///
  /// - Throws: `ConfigurationError`.
  init?(_ configuration: Configuration, _ paths: BuildPaths) throws

  /// The programs that publish.
  var tools: [RequiredTool] { get }

  /// Checks that the outputs can be published, before anything is built and before publish hooks.
  ///
  /// - Throws: `PublishingError`; `CommandFailure`.
  func check() async throws

  /// The directory on this host to which the outputs are written; nil if there is none.
  var localDirectory: FilePath? { get }
  /// The name of the option that sets the destination.
  var option: String { get }

  /// Publishes the whole output directory, or nothing.
  ///
  /// - Returns: the message to print.
  /// - Throws: `PublishingError`, `CommandFailure`, `LinuxError`.
  func publish(_ outputs: FilePath) async throws -> String

  /// Removes a partial publication of a build that was killed.
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

  /// The directories on this host to which outputs are written.
  var localDirectories: [FilePath] { all.compactMap(\.localDirectory) }

  /// - Throws: as `Destination.check`.
  func check() async throws {
    for destination in all { try await destination.check() }
  }

  /// - Throws: `CommandFailure`.
  func removePartial() async throws {
    for destination in all { try await destination.removePartial() }
  }
}
