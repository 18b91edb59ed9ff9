import Foundation
import Testing

/// What a build farm does to builds. `make test` runs a cut of these tests, `make test-reliability`
/// all of it: `IMAGE_BUILDER_RELIABILITY_POINTS` says how many builds are ended by signals, and power
/// cuts and rounds of builds side by side follow from that.
@Suite(.serialized) enum Reliability {
  private static let environment = ProcessInfo.processInfo.environment

  static let points = environment["IMAGE_BUILDER_RELIABILITY_POINTS"].flatMap(Int.init) ?? 12

  /// What chance begins with: `IMAGE_BUILDER_CRASH_SEED`, to repeat a run, or the time.
  static let seed =
    environment["IMAGE_BUILDER_CRASH_SEED"].flatMap(UInt64.init)
    ?? UInt64(Date().timeIntervalSince1970)
}

/// The same numbers again for the same seed: SplitMix64 (Steele, Lea, Flood 2014).
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
