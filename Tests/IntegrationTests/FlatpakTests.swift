import Foundation
import SystemPackage
import TestSupport
import Testing

/// Builds with the hooks that install Flatpaks, from a signed remote over HTTP.
@Suite(.serialized) struct FlatpakTests {
  private static let hooks = [
    ("content", "50-flatpak"), ("image", "50-flatpak"), ("image", "70-flatpak-manifest"),
    ("image", "70-flatpak-appstream-catalog"),
  ]

  private let checkout: CheckoutFixture
  /// Below /var/tmp, which is hidden from builds, and not beside the checkout.
  private let elsewhere: Fixture
  private let remote: FlatpakTestRemote

  init() throws {
    checkout = try CheckoutFixture()
    elsewhere = try Fixture()
    remote = try FlatpakTestRemote(elsewhere)
    for (group, name) in Self.hooks {
      let file = Checkout.directory.appending("hooks/\(group)/\(name)").string
      let isProgram = FileManager.default.isExecutableFile(atPath: file)
      try checkout.addHook(
        group, name, String(contentsOfFile: file, encoding: .utf8), mode: isProgram ? 0o755 : 0o644)
    }
    try checkout.addHook(
      "image", "60-look",
      "{ ls \"$OSTREE_VAR/lib/flatpak\"; cat \"$OSTREE_VAR/lib/flatpak/repo/config\"; } "
        + ">\"$EIB_CACHEDIR/look\"\n")
    try configure("apps_add = org.example.Hello")
  }

  private func configure(_ lists: String) throws {
    try checkout.writeSystemConfiguration(
      """
      [flatpak-remote-example]
      repo_file = \(remote.repositoryFile)
      deploy_url = https://apps.example.org/repo
      \(lists)
      """)
  }

  @Test func aBuildInstallsFlatpaksAndTheNextOneGivesTheSameBytes() throws {
    let first = try checkout.build(["--build-version", "1"])
    try #require(first.status == 0, "\(first.errors)")
    #expect(first.errors.contains("content/50-flatpak: pulling app/org.example.Hello/"))
    #expect(!first.errors.contains("image-builder:bytes"))
    let look = try checkout.fixture.text("cache/look")
    // The trigger of the tree has run, and the remote is that of the installed system.
    #expect(look.contains("triggered\n") && look.contains("url=https://apps.example.org/repo\n"))
    #expect(!look.contains("file://") && !look.contains("xa.languages"))
    let directory = try checkout.publishedDirectory()
    let name = directory.lastComponent!.string
    let manifest = try JSONSerialization.jsonObject(
      with: Data(
        contentsOf: URL(fileURLWithPath: directory.appending("\(name).manifest.json").string)))
    let flatpak = try #require((manifest as? [String: Any])?["flatpak"] as? [String: [String: Any]])
    #expect(flatpak["apps"]?.keys.contains { $0.hasPrefix("org.example.Hello/") } == true)
    #expect(flatpak["runtimes"]?.count == 3 && flatpak["remotes"]?.count == 1)
    let catalogue = try Shell.run("zcat '\(directory)/\(name).appstream.xml.gz'").output
    #expect(catalogue.contains("<id>org.example.Hello</id>"))

    _ = try remote.requests()
    let sums = try Shell.run("cd '\(directory)'; sha256sum *.img.zst *.manifest.json").lines
    try Shell.run("rm -rf '\(checkout.published)'")
    let second = try Shell.start(
      checkout.command()[0],
      Array(checkout.command(["--build-version", "1"]).dropFirst()),
      environment: ["LANG": "de_DE.UTF-8", "LANGUAGE": "de"])
    try #require(second.status == 0, "\(second.errors)")
    #expect(second.errors.contains("nothing was new"), "\(second.errors)")
    #expect(try remote.requests().count <= 4)
    let again = try Shell.run("cd '\(directory)'; sha256sum *.img.zst *.manifest.json").lines
    #expect(again == sums)
  }

  @Test func theAppsAreShownWithoutRootAndWrongNamesHaveTheirLines() throws {
    func show(_ more: [String] = []) throws -> Outcome {
      let command = checkout.command(["--show-apps"] + more)
      return try Shell.start(
        "/usr/bin/setpriv",
        ["--reuid=65534", "--regid=65534", "--clear-groups"] + command)
    }
    try Shell.run(
      """
      cd '\(checkout.fixture.directory)'
      chmod a+rx . etc; chmod -R a+rX checkout etc/config.ini '\(elsewhere.directory)'
      """)
    let table = try show()
    #expect(table.status == 0 && table.output.contains("org.example.Hello"), "\(table.errors)")
    #expect(table.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
    let json = try show(["--json"])
    #expect(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) is [String: Any])
    try configure("apps_add = org.example.Helo org.example.Hello//none")
    let wrong = try show()
    #expect(wrong.status == 65)
    for text in [
      "etc/config.ini:11: flatpak-remote-example:apps: example has no app org.example.Helo; "
        + "did you mean org.example.Hello?",
      "example has org.example.Hello, but not on the branch none",
    ] {
      #expect(wrong.errors.contains(text), "\(text): \(wrong.errors)")
    }
    _ = try remote.requests()
    let build = try checkout.build()
    #expect(build.status == 2 && build.errors.contains("did you mean org.example.Hello?"))
    #expect(try remote.requests().allSatisfy { !$0.contains("/objects/") })
  }
}
