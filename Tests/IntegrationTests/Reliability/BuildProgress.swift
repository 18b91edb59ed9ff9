import Foundation

/// The progress of a build, derived from its log.
struct BuildProgress {
  /// The time before the stages, the stages, and the time after them.
  static let places = ["start", "ostree", "image", "manifest", "check", "publish", "end"]

  /// The complete lines, without the time.
  let lines: [Substring]

  init(_ text: String) {
    let whole = text.lastIndex(of: "\n").map { text[..<$0] } ?? ""
    lines = whole.split(separator: "\n").map { line in
      line.prefix(3).last == ":" ? line.dropFirst("00:00:00 ".count) : line
    }
  }

  /// The current place, one of `places`.
  var place: String {
    guard lines.contains(where: { $0.hasPrefix("building ") }) else { return Self.places[0] }
    return Self.places.dropFirst().dropLast().first { stage in
      !lines.contains { $0.hasPrefix("\(stage): finished in ") }
    } ?? "end"
  }

  /// Whether the build has reached a place.
  func hasReached(_ wanted: String) -> Bool {
    Self.places.drop { $0 != wanted }.contains(place)
  }

  func says(_ text: String) -> Bool { lines.contains { $0.contains(text) } }
}

/// The course of an undisturbed build.
struct BuildTimeline {
  /// The numbers of lines at which the build, a stage or a hook begins or ends.
  private(set) var boundaries: [Int] = []
  /// The duration of each place.
  private(set) var durations: [String: Duration] = [:]

  /// Records the progress after a certain time.
  mutating func add(_ progress: BuildProgress, after elapsed: Duration) {
    let before = durations.values.reduce(.zero, +)
    if durations[progress.place] == nil { durations[progress.place] = .zero }
    durations[progress.place]! += elapsed - before
    var known = boundaries.last ?? 0
    while known < progress.lines.count {
      known += 1
      if Self.isBoundary(progress.lines[known - 1]) { boundaries.append(known) }
    }
  }

  /// Returns whether something begins or ends with a line. The hooks of the site first print
  /// "begin".
  private static func isBoundary(_ line: Substring) -> Bool {
    line.hasPrefix("building ") || line.hasPrefix("built ") || line.contains(": finished in ")
      || line.hasSuffix(": begin")
  }
}
