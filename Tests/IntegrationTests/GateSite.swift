import Foundation
import SystemPackage
import TestSupport

@testable import Configuration
@testable import ImageBuilderCore

/// A site that builds product `eos` for the boot test, with one firmware and its own hooks.
final class GateSite {
  private let fixture: Fixture
  private var hooks: [(group: String, name: String)] = []
  /// Additional lines of config.ini.
  var settings = ""

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
      \(settings)
      """)
    return try Shell.start(
      BuiltProgram.path.string,
      [
        "--product", "eos", "--configdir", fixture.path("config").string,
        "--localdir", fixture.path("site").string,
        "--sysconfdir", fixture.path("etc").string, "--cachedir", cache.string, "master",
      ] + more)
  }
}

/// The files of the boot test that are next to an image.
struct GateFiles {
  let record: BootRecord?
  let console: String
  /// Whether there is a screenshot.
  let showsScreen: Bool

  init(in directory: FilePath) throws {
    func path(_ ending: String) throws -> FilePath {
      FilePath(try Shell.run("ls '\(directory)'/*.\(ending)").lines[0])
    }
    record = BootRecord(in: try path("check.json"))
    console = try FileAccess.text(of: path("console-bios.txt"))
    let signature: [UInt8] = [0x89] + "PNG\r\n".utf8 + [0x1A, 0x0A]
    showsScreen = try FileAccess.bytes(of: path("screen-bios.png")).starts(with: signature)
  }
}
