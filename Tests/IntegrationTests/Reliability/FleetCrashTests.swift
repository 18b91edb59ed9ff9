import Foundation
import SystemPackage
import TestSupport
import Testing

/// Commands for a fleet that are ended with SIGKILL at twenty points. The same command again does the
/// rest, and nothing is left. `make test-fleets` tries all points; one of each command without
/// `IMAGE_BUILDER_RELIABILITY_POINTS`.
@Suite(.serialized) struct FleetCrashTests {
  private typealias Point = FleetCrashPoint
  private static let points: [[Point]] = [
    points(
      ["build", "--build-version", "1", "--jobs", "2"],
      [
        .change(1, "mkdir /"), .change(1, ".probes"), .hook, .said(1, ": built "),
        .said(6, ": built "),
      ]),
    points(
      ["publish"],
      [
        .change(1, "small.run/temporary"), .change(3, "rename \(published)/test/"),
        .change(1, "rename \(published)/index.json"), .change(6, "rename \(published)/latest/"),
      ]),
    points(
      ["release"],
      [
        .change(1, "/1.json.partial"), .change(1, "rename \(published)/releases/small/1.json"),
        .change(1, "rename \(published)/releases/small/1.json.asc"),
        .change(1, "rename \(published)/releases/small/1.md"),
        .change(1, "rename \(published)/index.json"),
      ]),
    points(
      ["rollback", "--yes"],
      [
        .change(1, "rename \(published)/index.json"), .change(2, ".removed"),
        .change(2, "rename \(published)/index.html"),
      ]),
    points(
      ["prune", "release", "--yes"],
      [
        .change(1, "rename \(published)/index.html"), .change(4, ".removed"),
        .change(2, "rename \(published)/index.html"),
      ]),
  ]

  private static func points(_ command: [String], _ moments: [Point.Moment]) -> [Point] {
    moments.map { Point(command: command, moment: $0) }
  }

  /// Stands for the directory of published versions.
  private static let published = "PUBLISHED"

  private let site: FleetCrashSite
  private let chosen: [[Point]]

  init() throws {
    site = try FleetCrashSite()
    let directory = site.directory.string
    chosen = Self.points.map { points in
      let count = min(points.count, max(1, Reliability.points / 36))
      let first = Int(Reliability.seed % UInt64(points.count))
      return (0..<count).map { index in
        let point = points[(first + index) % points.count]
        guard case .change(let number, let text) = point.moment else { return point }
        return Point(
          command: point.command,
          moment: .change(number, text.replacing(Self.published, with: directory)))
      }
    }
  }

  @Test func theSameCommandAgainDoesTheRest() throws {
    try site.publish(to: "ssh")
    for point in chosen[0] {
      try site.clear(site.remote, site.builds)
      try expectNone(site.flaws(point, .init(versions: ["1"])))
    }
    try site.publish(to: "directory ssh")
    for point in chosen[1] {
      try site.clear(site.directory)
      try expectNone(site.flaws(point, .init(versions: ["1"])))
    }
    try site.publish(to: "directory")
    try site.keep("one")
    for point in chosen[2] {
      try site.restore("one")
      try expectNone(site.flaws(point, .init(versions: ["1"], isReleased: true)))
    }
    try site.restore("one")
    let built = try site.run(["build", "--rebuild", "--build-version", "2"])
    try #require(built.status == 0, "\(built.errors)\(built.output)")
    try site.keep("two")
    for (points, left) in [(chosen[3], "1"), (chosen[4], "2")] {
      for point in points {
        try site.restore("two")
        try expectNone(site.flaws(point, .init(versions: [left])))
      }
    }
  }

  private func expectNone(_ flaws: [String]) {
    for flaw in flaws { Issue.record("\(flaw), seed \(Reliability.seed)") }
  }
}
