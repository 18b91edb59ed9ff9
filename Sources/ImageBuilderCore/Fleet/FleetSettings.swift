import Configuration

/// The options of a fleet that do not depend on a variant.
struct FleetSettings: Sendable {
  /// Builds at a time; nil: as many as the host has room for.
  let jobs: Int?
  /// Nil: builds run on this host.
  let scheduler: Scheduler?
  /// The age at which a variant is built again, changed or not; nil: never.
  let maximumAge: Duration?

  init(_ configuration: Configuration) throws(ConfigurationError) {
    let options = Options.fleet
    jobs = try configuration.value(options.jobs)
    scheduler = try configuration.value(options.scheduler)
    maximumAge = try configuration.value(options.maximumAge)
  }
}
