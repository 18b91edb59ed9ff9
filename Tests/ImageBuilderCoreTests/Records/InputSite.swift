import SystemPackage
import TestSupport

@testable import Configuration
@testable import ImageBuilderCore

/// A checkout of a few files, on a host of its own.
struct InputSite {
  static let commit = String(repeating: "a13c", count: 16)
  static let probes = ["app/org.example.Hello": "77e0"]

  let fixture: Fixture

  init(_ settings: String = "") throws {
    fixture = try Fixture()
    for (path, text) in [
      ("buildscript", "stage image\n"), ("lib/eib.sh", "true\n"), ("lib/site.py", "A = 1\n"),
      ("data/keys/site.asc", "key\n"), ("hooks/image/50-a", "true\n"),
      ("hooks/publish/50-p", "true\n"), ("etc/remote.asc", "another key\n"),
    ] { try fixture.write(path, text) }
    try fixture.write("helpers/tool", "#!/bin/sh\n", mode: 0o755)
    try fixture.write(
      "config/defaults.ini",
      """
      [ostree]
      url = https://os.example.org/repo
      trusted_keys = \(fixture.path("etc/remote.asc"))
      [image]
      hooks_add = 50-a
      [publish]
      hooks_add = 50-p
      [site]
      note = ${build:cachedir}/${build:build_version}
      text = \(String(repeating: "long ", count: 20))
      \(settings)

      """)
  }

  func setPrivate(_ text: String) throws {
    try fixture.write("etc/private.ini", text, mode: 0o600)
  }

  func configuration(buildVersion: String = "1") throws -> Configuration {
    try Configuration.load(
      Variant(product: "test", arch: "amd64"),
      from: ConfigurationSources(
        sourceDirectory: fixture.directory, configDirectory: fixture.path("config"),
        systemDirectory: fixture.path("etc"),
        cacheDirectory: fixture.path("cache-of-\(buildVersion)")),
      settings: BuildSettings(buildVersion: buildVersion))
  }

  func inputs(buildVersion: String = "1") throws -> BuildInputs {
    let configuration = try configuration(buildVersion: buildVersion)
    return try BuildInputs(
      configuration, BuildPaths(configuration), commit: Self.commit, probes: Self.probes)
  }
}
