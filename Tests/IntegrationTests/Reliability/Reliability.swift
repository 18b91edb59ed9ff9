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

/// Random numbers that are the same for the same seed: SplitMix64 (Steele, Lea, Flood 2014).
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed
  }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
