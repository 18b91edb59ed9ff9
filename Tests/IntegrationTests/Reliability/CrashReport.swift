import SystemPackage
import TestSupport

/// The results of a run of the crash matrix, as tables.
struct CrashReport {
  private let name: String
  private let title: String
  /// The number of points for each place and each process, by the way the build was ended.
  private var counts: [String: [String: Int]] = [:]
  private var total = 0
  private var findings: [String] = []
  private var slowest: [String: Duration] = [:]

  init(_ name: String, title: String) {
    self.name = name
    self.title = title
  }

  /// Adds one point and its problems.
  mutating func add(_ blow: CrashPoint.Blow, place: String, problems: [String]) {
    total += 1
    for row in [place, blow.process] { counts[row, default: [:]][blow.name, default: 0] += 1 }
    findings += problems
  }

  /// Records a duration. Only the longest one of each kind is kept.
  mutating func note(_ kind: String, _ duration: Duration) {
    slowest[kind] = max(slowest[kind] ?? .zero, duration)
  }

  /// Writes the results so far to `.build/reliability/NAME.md`.
  func write() throws {
    let directory = Checkout.directory.appending(".build/reliability")
    try Shell.run("mkdir -p '\(directory)'")
    try text.write(
      toFile: directory.appending("\(name).md").string, atomically: true, encoding: .utf8)
  }

  var text: String {
    let columns = Set(counts.values.flatMap(\.keys)).sorted()
    let header = [""] + columns
    let names = BuildProgress.places + BuildProcesses.Role.allCases.map { "of \($0)" } + ["host"]
    let rows = names.filter { counts[$0] != nil }.map { name in
      [name] + columns.map { "\(counts[name]?[$0] ?? 0)" }
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
