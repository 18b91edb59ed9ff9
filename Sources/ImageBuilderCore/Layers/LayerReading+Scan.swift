import Configuration
import YAML

/// What OpenSCAP is to look for. The paths where reports go are those of image-build.
extension LayerReading {
  private static let standardPaths = [
    "results_path": "/root/scan.xml", "remediate_path": "/root/remediate.sh",
    "oval_xml": "/root/oval.xml", "oval_path": "/root/vulnerabilities.xml",
  ]

  mutating func securityScan() -> SecurityScan {
    let isInstalled = flag(.installsScanner) ?? false
    let scans = flag(.scansBenchmark) ?? false
    let looks = flag(.scansVulnerabilities) ?? false
    if let first = written.securityScan.first, !scans, !looks {
      problems.add(
        "openscap has no effect without \(LayerKey.scansBenchmark.path) or "
          + LayerKey.scansVulnerabilities.path, at: first.key.place)
    }
    let values = scanValues()
    if scans { demand(["profile", "benchmark_path"], for: .scansBenchmark) }
    if looks { demand(["oval_url"], for: .scansVulnerabilities) }
    func value(_ key: String) -> String { values[key] ?? "" }
    let benchmark = SecurityScan.Benchmark(
      profile: value("profile"), file: value("benchmark_path"), results: value("results_path"),
      remediation: value("remediate_path"))
    let vulnerabilities = SecurityScan.Vulnerabilities(
      url: value("oval_url"), definitions: value("oval_xml"), report: value("oval_path"))
    return SecurityScan(
      isInstalled: isInstalled, benchmark: scans ? benchmark : nil,
      vulnerabilities: looks ? vulnerabilities : nil)
  }

  private mutating func scanValues() -> [String: String] {
    var values = Self.standardPaths
    let known = ["profile", "benchmark_path", "oval_url"] + Self.standardPaths.keys.sorted()
    for (key, value) in written.securityScan {
      guard known.contains(key.text) else {
        problems.add(
          "openscap.\(key.text): no such key"
            + (NearestName.find(key.text, among: known).map { "; did you mean \($0)?" }
              ?? "; accepted: \(known.joined(separator: ", "))"),
          at: key.place)
        continue
      }
      let syntax: LayerSyntax =
        switch key.text {
        case "profile": .package
        case "oval_url": .url
        default: .insidePath
        }
      values[key.text] = check(value, "openscap.\(key.text)", syntax)
    }
    return values
  }

  private mutating func demand(_ names: [String], for key: LayerKey) {
    for name in names where !written.securityScan.contains(where: { $0.key.text == name }) {
      problems.add("\(key.path) is true, but openscap has no \(name)", at: top)
    }
  }
}
