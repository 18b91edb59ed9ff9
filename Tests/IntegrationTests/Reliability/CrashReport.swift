import SystemPackage
import TestSupport

/// What a run of the crash matrix found, as tables for people.
struct CrashReport {
  private let title: String
  private var counts: [String: [String: Int]] = [:]
  private var columns: [String] = []
  private var total = 0
  private var findings: [String] = []
  private var slowest: [String: Duration] = [:]

  init(_ title: String) {
    self.title = title
  }

  /// Adds one point.
  mutating func add(place: String, blow: String, problems: [String]) {
    total += 1
    if !columns.contains(blow) { columns.append(blow) }
    counts[place, default: [:]][blow, default: 0] += 1
    findings += problems
  }

  /// Keeps the longest duration of a kind.
  mutating func note(_ kind: String, _ duration: Duration) {
    slowest[kind] = max(slowest[kind] ?? .zero, duration)
  }

  /// Writes it to `.build/reliability/NAME.md` and the terminal.
  func write(_ name: String) throws {
    let directory = Checkout.directory.appending(".build/reliability")
    try Shell.run("mkdir -p '\(directory)'")
    try text.write(
      toFile: directory.appending("\(name).md").string, atomically: true, encoding: .utf8)
    print(text)
  }

  private var text: String {
    let columns = columns.sorted()
    let header = ["place"] + columns
    let rows = BuildProgress.places.map { place in
      [place] + columns.map { "\(counts[place]?[$0] ?? 0)" }
    }
    let table = ([header, header.map { _ in "---" }] + rows)
      .map { "| \($0.joined(separator: " | ")) |\n" }.joined()
    let times = slowest.sorted { $0.key < $1.key }
      .map { "longest \($0.key): \(milliseconds($0.value)) ms\n" }.joined()
    return "\(title)\n\n\(table)\npoints: \(total)\nfindings: \(findings.count)\n\(times)"
      + findings.map { "- \($0)\n" }.joined()
  }

  private func milliseconds(_ duration: Duration) -> Int64 {
    duration.components.seconds * 1000 + duration.components.attoseconds / 1_000_000_000_000_000
  }
}
