import Bindings
import Configuration
import SystemPackage

/// Scans a layer by the image's own OpenSCAP. Reports stay in the image, as with image-build, and are
/// copied to a directory of the host.
///
/// The statuses are those of oscap(8): 0 if everything passed, 2 if something did not, 1 for errors.
struct SecurityScanRun {
  /// The packages of the scanner, by package manager.
  static func packages(_ manager: PackageManagerKind) -> [String] {
    switch manager {
    case .apt: ["openscap-scanner", "ssg-debian"]
    default: ["openscap-utils", "scap-security-guide"]
    }
  }

  static let decompressor = RequiredTool(
    name: "bzip2", package: "bzip2", purpose: "read definitions of vulnerabilities (oval_url)")
  private static let largestInBytes: UInt64 = 256 << 20

  let scan: SecurityScan
  let root: LayerRoot
  let fetch: LayerFetch
  /// Where reports go, with names that begin with that of the layer.
  let outputDirectory: FilePath
  let name: String

  /// - Throws: `NoScanner`; `CommandFailure`; `RepositoryError`; `CancellationError`; `LinuxError`.
  func run() async throws {
    guard scan.isAsked else { return }
    do {
      try await root.inside(["oscap", "--version"], .debugging)
    } catch let failure as CommandFailure {
      throw NoScanner(reason: failure.lastLines.last ?? failure.reason.sentence)
    }
    if let benchmark = scan.benchmark { try await run(benchmark) }
    if let vulnerabilities = scan.vulnerabilities { try await run(vulnerabilities) }
  }

  private func run(_ benchmark: SecurityScan.Benchmark) async throws {
    root.output.say("oscap xccdf eval --profile \(benchmark.profile) \(benchmark.file)")
    try await oscap([
      "xccdf", "eval", "--profile", benchmark.profile, "--results", benchmark.results,
      benchmark.file,
    ])
    try await oscap([
      "xccdf", "generate", "fix", "--output", benchmark.remediation, "--profile",
      benchmark.profile, benchmark.results,
    ])
    for file in [benchmark.results, benchmark.remediation] { try copy(file) }
  }

  private func run(_ vulnerabilities: SecurityScan.Vulnerabilities) async throws {
    let bytes = try await fetch.bytes(vulnerabilities.url, largestInBytes: Self.largestInBytes)
    let file = FilePath(vulnerabilities.definitions)
    let directory = try root.createDirectory(
      String(file.removingLastComponent().string.dropFirst()))
    let definitions = directory.appending(file.lastComponent?.string ?? "oval.xml")
    let isCompressed = bytes.starts(with: Array("BZh".utf8))
    let written = isCompressed ? FilePath("\(definitions).bz2") : definitions
    try FileAccess.write(bytes, to: written, waitsForDisk: false)
    if isCompressed { try await root.host("bzip2", ["--decompress", "--force", written.string]) }
    root.output.say("oscap oval eval \(vulnerabilities.url)")
    try await oscap([
      "oval", "eval", "--report", vulnerabilities.report, vulnerabilities.definitions,
    ])
    try copy(vulnerabilities.report)
  }

  private func oscap(_ words: [String]) async throws {
    do {
      try await root.inside(["oscap"] + words)
    } catch let failure as CommandFailure {
      guard case .exited(2) = failure.reason else { throw failure }
      root.output.warn("the scan has found what does not pass; see the reports")
    }
  }

  /// Copies a report from the image to the host.
  private func copy(_ inside: String) throws {
    let source = try root.resolve(String(inside.dropFirst()))
    let target = outputDirectory.appending("\(name)-\(source.lastComponent?.string ?? "report")")
    try FileAccess.copy(source, to: target, waitsForDisk: false)
    root.output.say("report \(target)")
  }
}

/// The image has no OpenSCAP.
struct NoScanner: ExitStatusError, CustomStringConvertible {
  let reason: String

  var exitStatus: ExitStatus { .dataError }
  var description: String {
    "the image has no oscap (\(visible(reason))); set options.install_scap, or install it with packages"
  }
}
