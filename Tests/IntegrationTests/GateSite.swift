import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// A site that builds product `eos` for the boot test, with one firmware and its own hooks.
final class GateSite {
  private let fixture: Fixture
  private var hooks: [(group: String, name: String)] = []

  /// The cache is shared with other tests, for its downloads and its composed tree.
  private let cache = Checkout.directory.appending(".build/integration-cache")
  var published: FilePath { fixture.path("published") }
  /// The output directory of a failed build.
  var outputDirectory: FilePath { cache.appending("build/eos-master-amd64-amd64-base/out") }

  init() throws {
    fixture = try Fixture()
    _ = try fixture.makeDirectory("site")
    try Checkout.copyConfiguration(to: fixture.path("config"))
  }

  /// Adds a hook and enables it.
  func addHook(_ group: String, _ name: String, _ text: String) throws {
    try fixture.write("site/hooks/\(group)/\(name)", text + "\n")
    hooks.append((group, name))
  }

  var isNothingPublished: Bool {
    get throws {
      try Shell.run("find '\(published)' -name SHA256SUMS 2>/dev/null || true").output == ""
    }
  }

  /// Runs a build. The boot has a long time limit, because the machine may be busy.
  func build(_ more: [String] = []) throws -> Outcome {
    let added = hooks.map { "[\($0.group)]\nhooks_add = \($0.name)\n" }
    try fixture.write("site/config/defaults.ini", added.joined())
    try fixture.write(
      "etc/config.ini",
      """
      [boot_test]
      firmware = bios
      timeout = 15m
      [publish]
      directory = \(published)
      """)
    return try Shell.start(
      BuiltProgram.path.string,
      [
        "--product", "eos", "--configdir", fixture.path("config").string,
        "--localdir", fixture.path("site").string,
        "--sysconfdir", fixture.path("etc").string, "--cachedir", cache.string, "master",
      ] + more)
  }

  /// Expects that a build fails with `finding`, without a boot.
  func expectNoBoot(
    _ finding: String, location: SourceLocation = #_sourceLocation
  ) throws {
    let outcome = try build()
    #expect(outcome.status == 2, "\(outcome.errors)", sourceLocation: location)
    #expect(outcome.errors.contains(finding), "\(outcome.errors)", sourceLocation: location)
    #expect(!outcome.errors.contains("boot test"), "\(outcome.errors)", sourceLocation: location)
    #expect(try isNothingPublished, sourceLocation: location)
  }

  /// Expects that a build fails with `reason`, and keeps what is needed to find the cause.
  func expectRefusal(
    _ reason: String, _ line: String, location: SourceLocation = #_sourceLocation
  ) throws {
    let outcome = try build()
    let told = outcome.errors.components(separatedBy: "the image does not boot (bios): ").last ?? ""
    #expect(outcome.status == 2, "\(outcome.errors)", sourceLocation: location)
    #expect(told.hasPrefix(reason), "\(outcome.errors)", sourceLocation: location)
    #expect(told.contains(line), "\(outcome.errors)", sourceLocation: location)
    #expect(try isNothingPublished, sourceLocation: location)
    let files = try GateFiles(in: outputDirectory)
    let machine = try #require(files.record?.machines.first, sourceLocation: location)
    #expect(machine.result == .failed, sourceLocation: location)
    #expect(machine.reason?.hasPrefix(reason) == true, sourceLocation: location)
    #expect(files.showsScreen && files.console != "", sourceLocation: location)
  }
}

/// The files of the boot test that are next to an image.
struct GateFiles {
  let record: BootRecord?
  let console: String
  /// Whether there is a screenshot.
  let showsScreen: Bool

  init(in directory: FilePath, _ firmware: Firmware = .bios) throws {
    func path(_ ending: String) throws -> FilePath {
      FilePath(try Shell.run("ls '\(directory)'/*.\(ending)").lines[0])
    }
    record = BootRecord(in: try path("check.json"))
    console = try FileAccess.text(of: path("console-\(firmware.rawValue).txt"))
    let signature: [UInt8] = [0x89] + "PNG\r\n".utf8 + [0x1A, 0x0A]
    showsScreen = try FileAccess.bytes(of: path("screen-\(firmware.rawValue).png")).starts(
      with: signature)
  }
}
