import Foundation
import TestSupport

/// When and how a build is ended.
struct CrashPoint: CustomStringConvertible {
  enum Moment {
    /// After this number of lines.
    case line(Int)
    /// After this fraction of the usual duration of a place.
    case within(place: String, fraction: Double)
  }

  enum Blow {
    case signal(Int32, BuildProcesses.Role)
    case powerCut
  }

  /// The content of the cache before the build.
  enum Cache: CaseIterable {
    case empty, outdated, current
  }

  let moment: Moment
  let blow: Blow
  let cache: Cache

  var description: String {
    let time =
      switch moment {
      case .line(let number): "at line \(number)"
      case .within(let place, let fraction): "in \(place) at \(Int(fraction * 100)) %"
      }
    return "\(blow) \(time), cache \(cache)"
  }

  /// Returns points, half of them at boundaries and half at random times in the places, each in
  /// turn.
  static func plan(
    _ count: Int, _ timeline: BuildTimeline, seed: UInt64, blows: [Blow]
  ) -> [CrashPoint] {
    var generator = SeededGenerator(seed: seed)
    let boundaries = timeline.boundaries.shuffled(using: &generator)
    let blows = blows.shuffled(using: &generator)
    return (0..<count).map { index in
      let round = index / 2
      let isBoundary = index % 2 == 0
      let moment: Moment =
        isBoundary
        ? .line(boundaries[round % boundaries.count])
        : .within(
          place: BuildProgress.places[round % BuildProgress.places.count],
          fraction: Double.random(in: 0..<1, using: &generator))
      return CrashPoint(
        moment: moment, blow: blows[(isBoundary ? round : round + blows.count / 2) % blows.count],
        cache: Cache.allCases.randomElement(using: &generator)!)
    }
  }
}

extension CrashPoint.Blow: CustomStringConvertible {
  var description: String { "\(name) \(process)" }

  var name: String {
    switch self {
    case .powerCut: "power cut"
    case .signal(let signal, _): [SIGKILL: "KILL", SIGTERM: "TERM", SIGINT: "INT"][signal]!
    }
  }

  var process: String {
    switch self {
    case .powerCut: "host"
    case .signal(_, let role): "of \(role)"
    }
  }
}
