/// A variant of a fleet that is to be built.
struct FleetJob: Sendable {
  let member: Fleet.Member
  let need: BuildNeed
  let pins: FleetLook.Pins
}
