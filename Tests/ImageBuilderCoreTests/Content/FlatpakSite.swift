import Bindings
import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// A site whose image gets Flatpaks from test remotes.
struct FlatpakSite {
  static let arch = FlatpakRef.hostArchitecture
  static let hello = "app/org.example.Hello/\(arch)/stable"
  static let helloLocale = "runtime/org.example.Hello.Locale/\(arch)/stable"
  static let platform = "runtime/org.example.Platform/\(arch)/1"
  static let platformLocale = "runtime/org.example.Platform.Locale/\(arch)/1"
  static let chess = "app/org.example.Chess/\(arch)/stable"

  let fixture: Fixture
  let remote: FlatpakTestRemote

  init() throws {
    fixture = try Fixture()
    remote = try FlatpakTestRemote(fixture)
  }

  /// The section of the first remote with these options.
  func first(_ options: String) -> String {
    "[flatpak-remote-example]\nrepo_file = \(remote.repositoryFile)\n\(options)\n"
  }

  /// The section of the second remote with these options.
  func second(_ options: String) -> String {
    "[flatpak-remote-second]\nurl = \(remote.secondURL)\ntrusted_keys = \(remote.secondKey)\n"
      + "default_branch = stable\n\(options)\n"
  }

  /// Loads a configuration that consists of the lines of defaults.ini.
  func load(_ lines: String, personality: String = "en") throws -> Configuration {
    try fixture.write("config/defaults.ini", lines)
    return try Configuration.load(
      Variant(product: "test", arch: "amd64", personality: personality),
      from: ConfigurationSources(
        sourceDirectory: Checkout.directory, configDirectory: fixture.path("config"),
        systemDirectory: fixture.path("etc"), cacheDirectory: fixture.path("cache")),
      settings: BuildSettings(buildVersion: "1"))
  }

  func cache(_ configuration: Configuration) throws -> FlatpakCache {
    FlatpakCache(try BuildPaths(configuration))
  }

  /// What a pull has said, and the plan that it has written.
  struct Pulled {
    let said: [String]
    let plan: FlatpakPlan

    var refs: [String] { plan.items.map(\.ref).sorted() }
  }

  /// Pulls what a configuration names.
  @discardableResult
  func pull(_ lines: String, personality: String = "en") async throws -> Pulled {
    let configuration = try load(lines, personality: personality)
    let (paths, said) = (try BuildPaths(configuration), LineCollector())
    let policy = RetryPolicy.quick(attempts: 3)
    let cache = FlatpakCache(paths)
    try await FlatpakPull(
      cache: cache, settings: FlatpakSettings.of(configuration, paths, policy),
      temporaryDirectory: paths.temporaryDirectory, policy: policy,
      say: said.append, report: { _ in }
    ).run()
    return Pulled(
      said: said.text.split(separator: "\n").map(String.init), plan: try FlatpakPlan(in: cache.plan)
    )
  }

  /// The description of the error of a pull.
  func refusal(
    _ lines: String, location: SourceLocation = #_sourceLocation
  ) async throws -> String {
    let error = await #expect(throws: FlatpakError.self, sourceLocation: location) {
      try await pull(lines)
    }
    return error.map { "\($0)" } ?? ""
  }

  /// The newest commit of a ref in the first remote.
  func commit(_ ref: String) throws -> String {
    try Shell.run("ostree --repo='\(remote.repository)' rev-parse '\(ref)'").lines[0]
  }

  /// The names of the files with content in the cache.
  func cachedFiles() throws -> Set<String> {
    let objects = fixture.path("cache/content/flatpak/repo/objects")
    return Set(try Shell.run("find '\(objects)' -name '*.filez' -printf '%P\\n'").lines)
  }
}
