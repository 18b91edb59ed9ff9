/// A kind of place to which finished outputs are published, as `publish:destinations` names it.
package enum DestinationKind: String, CaseIterable, Sendable {
  case directory
  case registry
}
