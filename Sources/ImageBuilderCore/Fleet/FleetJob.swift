/// A variant of a fleet that is to be built.
struct FleetJob: Sendable {
  let member: Fleet.Member
  let need: BuildNeed
  let pins: FleetLook.Pins

  /// Whether all destinations have the version of this run, made of the same inputs. A build that
  /// failed need not have made it: another one may have, on a machine that was thought to be lost, or
  /// for a command that was killed.
  ///
  /// - Throws: `ConfigurationError`; `PublishingError`; `UnreachableDestination`.
  func isPublished() async throws -> Bool {
    let version = PublishedVersion(member.published, member.paths.outputVersion)
    let destinations = try Destinations(member.configuration, member.paths).all
    for destination in destinations {
      guard
        try await destination.versions(of: version.variant).contains(where: {
          $0.version == version
        }),
        let bytes = try await destination.read(
          "\(version.name).\(OutputManifest.inputsExtension)", of: version),
        let inputs = try? BuildInputs(parsing: String(decoding: bytes, as: UTF8.self)),
        pins.inputs.agree(with: inputs)
      else { return false }
    }
    return !destinations.isEmpty
  }
}
