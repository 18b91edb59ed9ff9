import Bindings
import Configuration
import Glibc
import SystemPackage

/// The selected variants of a fleet.
package struct Fleet: Sendable {
  /// A variant whose configuration can be loaded.
  struct Member: Sendable {
    let variant: Variant
    let configuration: Configuration
    let paths: BuildPaths
    /// The variant, as destinations name it.
    let published: PublishedVariant

    /// PRODUCT/BRANCH/ARCH/PLATFORM/PERSONALITY.
    var name: String { published.path }
    /// The same as a part of names of files.
    var fileName: String { name.replacing("/", with: "-") }

    init(_ variant: Variant, _ configuration: Configuration) throws {
      self.variant = variant
      self.configuration = configuration
      paths = try BuildPaths(configuration)
      published = try PublishedVariant(configuration)
    }
  }

  /// A variant that cannot be built, and why.
  struct Defect: Sendable {
    let name: String
    let reason: String
  }

  let name: String
  let sources: ConfigurationSources
  /// The options that are read without attributes.
  let settings: FleetSettings
  let build: BuildSettings
  private(set) var members: [Member] = []
  private(set) var defects: [Defect] = []

  /// Loads and checks the configurations of variants. One that is wrong stops no other.
  ///
  /// - Parameters:
  ///   - loader: its sources name the fleet.
  ///   - variants: those that are meant.
  ///   - settings: the settings of all builds.
  /// - Throws: `ConfigurationError` for options of the fleet.
  package init(
    _ loader: ConfigurationLoader, _ variants: [Variant], settings: BuildSettings
  ) throws {
    name = loader.sources.fleet ?? ""
    sources = loader.sources
    self.settings = try FleetSettings(VariantList(loader).fleetConfiguration())
    build = settings
    for variant in variants {
      do {
        let configuration = try loader.load(variant, settings: settings)
        try configuration.validate()
        members.append(try Member(variant, configuration))
      } catch {
        let errors: [any Error] = (error as? ConfigurationError)?.single ?? [error]
        let messages = errors.map { "\($0)" }
        defects.append(Defect(name: variant.path, reason: messages.joined(separator: "\n")))
      }
    }
  }

  /// The variants with their destinations.
  ///
  /// - Throws: `ConfigurationError`; `PublishingError`; `LinuxError`.
  func released() throws -> ReleasedFleet {
    let members = try members.map { member in
      try ReleasedFleet.Member(
        member.configuration, member.paths,
        busy: FileLock.isHeld(member.paths.lock) ? "a build of it runs on this host" : nil)
    }
    return try ReleasedFleet(name, members, cache: cache)
  }

  /// A directory for what was read at destinations; nil for a user who cannot write there.
  private var cache: FilePath? {
    let directory = sources.cacheDirectory.appending("fleet")
    let existing = Directories.existing(directory)
    return access(existing.string, W_OK) == 0 ? directory : nil
  }
}
