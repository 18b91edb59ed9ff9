/// Which versions of the variants of a fleet are old, as `fleet prune` removes them.
package enum PruneLevel: String, CaseIterable, Sendable {
  /// All but the newest of each variant and version of the system.
  case revision
  /// All but the newest of each variant.
  case release
  /// All of variants that are past `release:end_of_life`, also the newest and released ones.
  case endOfLife = "end-of-life"
}
