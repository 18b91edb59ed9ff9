import Foundation
import Testing

/// Disturbances of builds, as on a build farm. `make test` runs these tests with few points, `make
/// test-reliability` with many. `IMAGE_BUILDER_RELIABILITY_POINTS` is the number of builds that are
/// ended by signals. The numbers of power cuts and of rounds of concurrent builds depend on it.
@Suite(.serialized) enum Reliability {
  private static let environment = ProcessInfo.processInfo.environment

  static let points = environment["IMAGE_BUILDER_RELIABILITY_POINTS"].flatMap(Int.init) ?? 12

  /// The random seed: `IMAGE_BUILDER_CRASH_SEED`, to repeat a run, or the current time.
  static let seed =
    environment["IMAGE_BUILDER_CRASH_SEED"].flatMap(UInt64.init)
    ?? UInt64(Date().timeIntervalSince1970)
}
