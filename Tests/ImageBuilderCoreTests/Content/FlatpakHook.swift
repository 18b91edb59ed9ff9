import Bindings
import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// The hooks of a site's Flatpaks. They run the engine, as in a build: libflatpak reads its environment
/// once in a process.
struct FlatpakHook {
  let site: FlatpakSite
  var fixture: Fixture { site.fixture }
  /// The deployment, `/var` of it, and the installation.
  let deployment: FilePath
  var varDirectory: FilePath { fixture.path("var") }
  var installation: FilePath { fixture.path("var/lib/flatpak") }

  init(_ site: FlatpakSite) throws {
    self.site = site
    deployment = try site.fixture.makeDirectory("deployment")
    _ = try site.fixture.makeDirectory("var")
    try site.fixture.write("deployment/usr/bin/flatpak", "")
  }

  /// What a hook has printed, and its exit status.
  struct Output {
    let status: Int32
    let text: String

    var lines: [String] { text.split(separator: "\n").map(String.init) }
  }

  /// The engine beside this test.
  static let engine = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent().appendingPathComponent("image-builder-engine").path

  /// Runs `image-builder flatpak ACTION` with a configuration.
  ///
  /// - Parameter more: variables of the environment.
  func run(
    _ action: String, _ configuration: Configuration, in varDirectory: FilePath? = nil,
    _ more: [String: String] = [:]
  ) throws -> Output {
    let paths = try BuildPaths(configuration)
    try Directories.create(paths.temporaryDirectory)
    try Directories.create(paths.manifestDirectory)
    for (view, file) in [
      (Configuration.View.public, paths.publicConfiguration), (.complete, paths.fullConfiguration),
    ] {
      try FileAccess.write(try configuration.rendered(view, resolved: false), to: file)
    }
    let outcome = try Shell.start(
      Self.engine, ["flatpak", action],
      environment: [
        BuildVariable.savedConfiguration.rawValue: paths.fullConfiguration.string,
        BuildVariable.retryAttempts.rawValue: "2", BuildVariable.retryInterval.rawValue: "0",
        "OSTREE_DEPLOYMENT": deployment.string,
        "OSTREE_VAR": (varDirectory ?? self.varDirectory).string,
      ].merging(more) { $1 })
    return Output(status: outcome.status, text: outcome.output + outcome.errors)
  }

  /// The files below a directory, with their types, modes, targets, sizes and digests.
  static func listing(_ directory: FilePath) throws -> String {
    try Shell.run(
      """
      cd '\(directory)'; find . -printf '%P %y %m %U:%G %l\\n' | sort
      find . -type f -print0 | sort -z | xargs -0 sha256sum
      """
    ).output
  }
}
