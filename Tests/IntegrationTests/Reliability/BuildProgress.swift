import Foundation

/// How far a build has come, as the lines that it wrote tell.
struct BuildProgress {
  /// Before the stages, the stages, and after them.
  static let places = ["start", "ostree", "image", "manifest", "check", "publish", "end"]

  /// The whole lines, without the time in front.
  let lines: [Substring]

  init(_ text: String) {
    let whole = text.lastIndex(of: "\n").map { text[..<$0] } ?? ""
    lines = whole.split(separator: "\n").map { line in
      line.prefix(3).last == ":" ? line.dropFirst("00:00:00 ".count) : line
    }
  }

  /// One of `places`.
  var place: String {
    guard lines.contains(where: { $0.hasPrefix("building ") }) else { return Self.places[0] }
    return Self.places.dropFirst().dropLast().first { stage in
      !lines.contains { $0.hasPrefix("\(stage): finished in ") }
    } ?? "end"
  }

  /// Whether it has come to one of `places`, or further.
  func hasReached(_ wanted: String) -> Bool {
    Self.places.drop { $0 != wanted }.contains(place)
  }

  func says(_ text: String) -> Bool { lines.contains { $0.contains(text) } }
}

/// When an undisturbed build said what.
struct BuildTimeline {
  /// After how many lines something begins or ends: the build, a stage, a hook.
  private(set) var boundaries: [Int] = []
  /// How long each place lasted.
  private(set) var durations: [String: Duration] = [:]

  /// Adds that the build has said `progress` at an instant.
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

  /// A hook of the site begins with this line.
  private static func isBoundary(_ line: Substring) -> Bool {
    line.hasPrefix("building ") || line.hasPrefix("built ") || line.contains(": finished in ")
      || line.hasSuffix(": begin")
  }
}
