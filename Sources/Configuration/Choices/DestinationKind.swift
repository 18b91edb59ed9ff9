/// A kind of place to which finished outputs are published, as `publish:destinations` names it.
package enum DestinationKind: String, CaseIterable, Sendable {
  case directory
  /// Amazon S3, and stores that are compatible with it.
  case s3
  case ssh
  case registry
}
