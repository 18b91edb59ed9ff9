import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// The answers to `--show-apps`.
@Suite(.serialized) struct AppReportTests {
  private let site: FlatpakSite

  init() throws {
    site = try FlatpakSite()
  }

  private func report(
    _ configuration: Configuration, grouping: String = "runtime", trim: UInt64? = nil,
    isOffline: Bool = false, isJSON: Bool = false, against other: Configuration? = nil
  ) async throws -> String {
    // The function blocks its thread, of which tasks have few.
    try await BlockingWork.run { _ in
      try AppReport.text(
        AppReport.Question(
          grouping: grouping, trimmedBytes: trim, isOffline: isOffline, isJSON: isJSON),
        configuration, against: other)
    }
  }

  @Test func summariesAreEnoughForAReport() async throws {
    let configuration = try site.load(
      "[flatpak]\nlocales = de\n" + site.first("apps = org.example.Hello org.example.Chess"))
    let text = try await report(configuration)
    #expect(text.contains("\norg.example.Hello "), "\(text)")
    #expect(text.contains("\n  org.example.Hello.Locale//stable "), "\(text)")
    #expect(text.contains("org.example.Engine//2\nID "), "\(text)")
    #expect(text.contains("<= All languages; the image gets de, en.\n"))
    #expect(!text.contains("Remove?"))
    let requests = try site.remote.requests()
    #expect(requests.count <= 4 && !requests.contains { $0.contains("/objects/") }, "\(requests)")
    #expect(!site.fixture.exists("cache/content/flatpak"))
  }

  @Test func moreRefsNeedNoMoreRequests() async throws {
    try site.remote.publishMany(6)
    func requests(_ apps: [String]) async throws -> Int {
      _ = try site.remote.requests()
      let list = apps.map { "org.example.\($0)" }.joined(separator: " ")
      let text = try await report(site.load(site.first("apps = \(list)")))
      for app in apps { #expect(text.contains("org.example.\(app) ")) }
      return try site.remote.requests().count
    }
    let one = try await requests(["Hello"])
    #expect(try await requests(["Hello", "Chess"] + (0..<6).map { "App\($0)" }) == one)
    #expect(one <= 4, "\(one)")
  }

  @Test func aTrimThatIsNotEnoughIsTold() async throws {
    let lines =
      "[flatpak]\nmust_keep = org.example.Hello\n"
      + site.first("apps = org.example.Hello org.example.Chess")
    let enough = try await report(site.load(lines), trim: 100_000)
    #expect(enough.contains("Removing 1 application saves up to "), "\(enough)")
    #expect(enough.contains("; 97.7 KiB were wanted.\n"), "\(enough)")
    let less = try await report(site.load(lines), grouping: "nature", trim: 1 << 30)
    #expect(
      less.contains(
        ", which is not enough: 1.0 GiB were wanted, and flatpak:must_keep keeps others.\n"),
      "\(less)")
    #expect(less.contains("\nRuntimes\n"))
    #expect(
      less.split(separator: "\n").contains {
        $0.hasPrefix("org.example.Hello ") && $0.hasSuffix(" never")
      })
  }

  @Test func namesWithoutEffectAreWarnings() async throws {
    let configuration = try site.load(
      """
      [flatpak]
      must_keep = org.example.Helo

      """
        + site.first(
          """
          apps = org.example.Hello
          exclude = org.example.Engine org.example.Engin
          allow_extra_data = org.example.Extra
            org.gone.Application
          """) + site.second("exclude = org.example.Book"))
    let expected = [
      "6: flatpak-remote-example:exclude: no remote offers org.example.Engin for "
        + "\(FlatpakSite.arch); did you mean org.example.Engine?",
      "8: flatpak-remote-example:allow_extra_data: no remote offers org.gone.Application for "
        + "\(FlatpakSite.arch)",
      "2: flatpak:must_keep: the image does not get org.example.Helo; did you mean "
        + "org.example.Hello?",
    ]
    let text = try await report(configuration)
    let warnings = text.split(separator: "\n").filter { $0.hasPrefix("Warning: ") }
    #expect(warnings.count == 3, "\(text)")
    for (warning, end) in zip(warnings, expected) {
      #expect(warning.hasSuffix("config/defaults.ini:\(end)"), "\(warning)")
    }
    let json = try await report(configuration, isJSON: true)
    let object = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
    #expect(
      (object?["warnings"] as? [String])?.map { "Warning: \($0)" } == warnings.map(String.init))
  }

  @Test func anotherPersonalityIsCompared() async throws {
    let hello = site.first("apps = org.example.Hello")
    let other = try site.load(hello, personality: "fr")
    let own = try site.load(site.first("apps = org.example.Chess org.example.Old"))
    let text = try await report(own, against: other)
    #expect(text.contains("\nOnly in en:\n  app/org.example.Chess/"), "\(text)")
    #expect(text.contains("\nOnly in fr:\n  app/org.example.Hello/"), "\(text)")
    #expect(!text.contains("  runtime/org.example.Platform/"))
    #expect(text.contains("\nen: ") && text.contains(", fr: "))
    let same = try await report(site.load(hello), against: other)
    #expect(same.hasSuffix("\nen and fr have the same applications and runtimes.\n"), "\(same)")
  }

  @Test func programsGetJSON() async throws {
    let configuration = try site.load(
      "[flatpak]\nlocales = de\n" + site.first("apps = org.example.Hello"))
    let text = try await report(configuration, trim: 1 << 30, isJSON: true, against: configuration)
    let object = try #require(
      JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    let apps = try #require(object["apps"] as? [[String: Any]])
    #expect(apps.count == 1 && apps[0]["ref"] as? String == FlatpakSite.hello)
    #expect(apps[0]["remote"] as? String == "example" && apps[0]["up_to"] as? Bool == false)
    #expect(apps[0]["runtime"] as? String == FlatpakSite.platform)
    #expect(apps[0]["remove"] as? Bool == true)
    let extensions = try #require(apps[0]["extensions"] as? [[String: Any]])
    #expect(extensions.map { $0["ref"] as? String } == [FlatpakSite.helloLocale])
    #expect(extensions[0]["up_to"] as? Bool == true)
    let runtimes = try #require(object["runtimes"] as? [[String: Any]])
    func size(_ bundle: [String: Any]) -> Int {
      let extensions = bundle["extensions"] as? [[String: Any]] ?? []
      return ([bundle] + extensions).reduce(0) { $0 + ($1["installed_bytes"] as? Int ?? 0) }
    }
    #expect(object["installed_bytes"] as? Int == (apps + runtimes).reduce(0) { $0 + size($1) })
    #expect(object["up_to"] as? Bool == true)
    #expect(object["languages"] as? [String] == ["de", "en"])
    #expect((object["trim"] as? [String: Any])?["is_enough"] as? Bool == false)
    #expect((object["against"] as? [String: Any])?["personality"] as? String == "en")
  }

  @Test func offlineTheRemotesAreThoseOfTheLastBuild() async throws {
    let file = "\(site.remote.serverURL)/example.flatpakrepo"
    let lines = "[flatpak-remote-example]\nrepo_file = \(file)\napps = org.example.Hello\n"
    let configuration = try site.load(lines)
    let error = await #expect(throws: FlatpakError.self) {
      try await report(configuration, isOffline: true)
    }
    #expect("\(error!)".contains("there is no copy of the Flatpak remote example ("), "\(error!)")
    #expect("\(error!)".hasSuffix("ask without --offline"))
    #expect(error?.exitStatus == .unavailable)
    try await site.pull(lines)
    let online = try await report(configuration)
    site.remote.stop()
    #expect(try await report(configuration, isOffline: true) == online)
    let gone = await #expect(throws: FlatpakError.self) { try await report(configuration) }
    #expect("\(gone!)".contains("cannot be used"), "\(gone!)")
  }

  @Test func aWrongNameIsToldWithItsLine() async throws {
    let configuration = try site.load(site.first("apps = org.example.Helo"))
    let error = await #expect(throws: FlatpakError.self) { try await report(configuration) }
    #expect(
      "\(error!)".contains("config/defaults.ini:3: flatpak-remote-example:apps: "), "\(error!)")
  }
}
