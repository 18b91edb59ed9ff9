import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// Lists that cannot be installed.
@Suite struct FlatpakRefusalTests {
  private let site: FlatpakSite

  init() throws {
    site = try FlatpakSite()
  }

  @Test func everythingThatIsWrongIsToldAtOnce() async throws {
    let arch = FlatpakSite.arch
    let lines =
      site.first(
        """
        apps = org.example.Helo org.example.Hello//none org.example.Hello/mips
          org.example.Platform org.example.Extra org.example.Moved
          org.example.Lonely org.example.Chess org.example.Book
          org.example.Foreign
        runtimes = org.example.Hello
        exclude = org.example.Engine
        """) + site.second("apps = org.example.Hello")
    let told = try await site.refusal(lines)
    let foreign = arch == "x86_64" ? "aarch64" : "x86_64"
    for (line, list, text) in [
      (3, "apps", "example has no app org.example.Helo; did you mean org.example.Hello?"),
      (
        3, "apps",
        "example has org.example.Hello, but not on the branch none; it has org.example.Hello//beta, "
          + "org.example.Hello//stable"
      ),
      (3, "apps", "example has org.example.Hello for \(arch), but not for mips"),
      (4, "apps", "org.example.Platform is a runtime; name it in runtimes"),
      (
        4, "apps",
        "org.example.Extra has extra data, which its publisher may not let others publish "
          + "(http://127.0.0.1:1/x); add org.example.Extra to "
          + "flatpak-remote-example:allow_extra_data to allow it"
      ),
      (
        4, "apps",
        "org.example.Moved gets no more updates and was replaced by app/org.example.Hello/\(arch)/"
          + "stable"
      ),
      (
        5, "apps",
        "org.example.Lonely needs runtime/org.example.Nothing/\(arch)/1, which no remote offers"
      ),
      (
        5, "apps",
        "org.example.Chess needs runtime/org.example.Engine/\(arch)/2, which is excluded by "
          + "flatpak-remote-example:exclude"
      ),
      (5, "apps", "example has no org.example.Book, but second has it"),
      (6, "apps", "example has org.example.Foreign for \(foreign), but not for \(arch)"),
      (7, "runtimes", "org.example.Hello is an app; name it in apps"),
    ] {
      let place = "config/defaults.ini:\(line): flatpak-remote-example:\(list): "
      #expect(told.contains("\(place)\(text)\n"), "\(text): \(told)")
    }
    #expect(told.split(separator: "\n").count == 13, "\(told)")
    #expect(!told.contains("org.example.Hello//none:"))
    #expect(try !site.remote.requests().contains { $0.contains("/objects/") })
    #expect(try site.cachedFiles().isEmpty)
    let cache = try site.cache(site.load(lines))
    #expect(throws: FlatpakError.self) { try FlatpakPlan(in: cache.plan) }
  }

  @Test func whatIsAllowedOrExcludedElsewhereCounts() async throws {
    // Another section may exclude what this one names.
    let excluded = try await site.refusal(
      site.first("apps = org.example.Hello")
        + site.second("exclude = org.example.Hello org.example.Platform"))
    #expect(
      excluded.contains("org.example.Hello is excluded by flatpak-remote-second:exclude"),
      "\(excluded)")
    #expect(
      excluded.contains(
        "needs \(FlatpakSite.platform), which is excluded by flatpak-remote-second:exclude"))
  }

  @Test func aRefusedPullKeepsThePlanOfTheLastOne() async throws {
    let good = site.first("apps = org.example.Hello")
    let pulled = try await site.pull(good)
    _ = try await site.refusal(site.first("apps = org.example.Helo"))
    #expect(try FlatpakPlan(in: site.cache(site.load(good)).plan) == pulled.plan)
  }

  @Test func aSavedConfigurationNamesTheOptionWithoutALine() async throws {
    let configuration = try Configuration.load(
      savedText: site.load(site.first("apps = org.example.Helo")).rendered(
        .complete, resolved: false))
    let paths = try BuildPaths(configuration)
    let policy = RetryPolicy.quick(attempts: 1)
    let error = await #expect(throws: FlatpakError.self) {
      try await FlatpakPull(
        cache: FlatpakCache(paths), settings: .of(configuration, paths, policy),
        temporaryDirectory: paths.temporaryDirectory, policy: policy,
        say: { _ in }, report: { _ in }
      ).run()
    }
    #expect(
      "\(error!)".contains("\n  flatpak-remote-example:apps: example has no app"), "\(error!)")
  }
}
