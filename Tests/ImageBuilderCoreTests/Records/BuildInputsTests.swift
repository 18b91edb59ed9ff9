import Bindings
import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// What counts as an input, and what does not.
@Suite struct BuildInputsTests {
  private static let key = "[fleet]\ninputs_key = correct horse battery\n"

  /// The sentences about what `change` changes.
  private func changes(
    _ settings: String = "", private secrets: String = key, _ change: (InputSite) throws -> Void
  ) throws -> [String] {
    let site = try InputSite(settings)
    try site.setPrivate(secrets)
    let before = try site.inputs()
    try change(site)
    return try site.inputs().changes(since: before)
  }

  @Test func anotherHostAndAnotherRunHaveTheSameText() throws {
    let (one, other) = (try InputSite(), try InputSite())
    for site in [one, other] { try site.setPrivate(Self.key + "[site]\npassword = swordfish\n") }
    try other.fixture.write("lib/__pycache__/site.pyc", "compiled")
    try other.fixture.write("hooks/image/60-not-used", "true\n")
    let text = try one.inputs().text
    #expect(try other.inputs(buildVersion: "2").text == text)
    #expect(!text.contains(one.fixture.directory.string))
    let read = try BuildInputs(parsing: text)
    #expect(try read == one.inputs() && read.text == text && read.commit == InputSite.commit)
    #expect(try read.digest == MessageDigest.hexadecimal(of: text))
    #expect(try other.inputs(buildVersion: "2").changes(since: read) == [])
    for name in [
      "setting ostree:url", "setting site:text", "hook image/50-a", "hook library",
      "file buildscript", "file helpers/tool", "file data/keys/site.asc", "file lib/site.py",
      "content of ostree:trusted_keys", "program image-builder", "private",
      "probe app/org.example.Hello",
    ] { #expect(read.entries[name] != nil, "\(name)") }
    #expect(read.entries["setting site:note"] == "${build:cachedir}/${build:build_version}")
    #expect(read.entries["setting site:text"]?.hasPrefix("sha256:") == true)
    for name in read.entries.keys {
      let forbidden = ["publish", "build_version", "tmpdir", "50-p", "pyc", "60-not-used"]
      #expect(!forbidden.contains(where: name.contains), "\(name)")
    }
  }

  @Test func whatChangesIsNamed() throws {
    #expect(
      try changes { try $0.fixture.write("hooks/image/50-a", "false\n") } == [
        "the hook image/50-a was changed"
      ])
    #expect(
      try changes { try Shell.run("chmod +x '\($0.fixture.path("hooks/image/50-a"))'") } == [
        "the hook image/50-a was changed"
      ])
    #expect(
      try changes { site in
        try site.fixture.write("helpers/more", "")
        try site.fixture.write("data/keys/site.asc", "other\n")
        try Shell.run("rm '\(site.fixture.path("lib/site.py"))'")
        try site.fixture.write("lib/eib.sh", "false\n")
      } == [
        "the hook library was changed", "the file data/keys/site.asc was changed",
        "the file helpers/more is new", "the file lib/site.py was removed",
      ])
    #expect(
      try changes { try $0.fixture.write("etc/remote.asc", "third key\n") } == [
        "the content of ostree:trusted_keys was changed"
      ])
    #expect(
      try changes {
        try $0.fixture.write("hooks/image/40-b", "true\n")
        try $0.fixture.write(
          "config/local.ini", "[image]\nhooks_add = 40-b\ncompression = gz\n[site]\nmore = 1\n")
      } == [
        "the setting image:compression was changed", "the setting image:hooks was changed",
        "the setting site:more is new", "the hook image/40-b is new",
      ])
  }

  @Test func theCommitIsNamedFirst() throws {
    let site = try InputSite()
    let before = try site.inputs()
    try site.fixture.write("config/local.ini", "[image]\ncompression = gz\n")
    let configuration = try site.configuration()
    let after = try BuildInputs(
      configuration, BuildPaths(configuration), commit: String(repeating: "77e0", count: 16),
      probes: ["app/org.example.Hello": "1", "b": "2"])
    #expect(
      after.changes(since: before) == [
        "the commit is another one (a13ca13c... -> 77e077e0...)",
        "the setting image:compression was changed",
        "the probe app/org.example.Hello was changed", "the probe b is new",
      ])
  }

  @Test func whatMakesNoImageIsNoInput() throws {
    let lines = """
      [publish]
      keep_failed = 3
      [cache]
      max_size = 3G
      [variants]
      list = test/master/amd64/amd64/base
      [error]
      hook_timeout = 3m
      [image]
      hook_timeout = 3m
      [build]
      tmpdir = /var/tmp/image-builder/elsewhere

      """
    #expect(try changes { try $0.fixture.write("config/local.ini", lines) } == [])
    #expect(
      try changes { site in
        try Shell.run("mv '\(site.fixture.path("etc/remote.asc"))' '\(site.fixture.path("k.asc"))'")
        try site.fixture.write(
          "config/local.ini", "[ostree]\ntrusted_keys = \(site.fixture.path("k.asc"))\n")
      } == [])
  }

  @Test func whatAnInputRefersToIsAnInput() throws {
    #expect(
      try changes("server = ${publish:public_url}/x\n") {
        try $0.fixture.write("config/local.ini", "[publish]\npublic_url = https://example.org\n")
      } == ["the setting publish:public_url was changed"])
  }

  @Test func privateSettingsAreOneEntryUnderAKey() throws {
    let secret = "[site]\npassword = swordfish\n"
    let other = "[site]\npassword = sailfish\n"
    let set: (String) -> (InputSite) throws -> Void = { text in { try $0.setPrivate(text) } }
    #expect(
      try changes(private: Self.key + secret, set(Self.key + other)) == [
        "private settings were changed"
      ])
    #expect(try changes(private: secret, set(other)) == [])
    #expect(
      try changes(private: secret, set(Self.key + secret))
        .contains("the digest of private settings is new"))

    let site = try InputSite("password = public\nwords_add = one\n")
    try site.setPrivate(Self.key + "[site]\npassword = swordfish\nwords_add = two-secret\n")
    let text = try site.inputs().text
    for value in ["swordfish", "two-secret", "correct horse"] {
      #expect(!text.contains(value) && !text.contains(MessageDigest.hexadecimal(of: value)))
    }
    #expect(text.contains("\"setting site:password\" : \"public\""))
  }

  @Test func theSavedConfigurationHasTheSameInputs() throws {
    let site = try InputSite("password = public\nwords_add = one two\n")
    try site.fixture.write(
      "config/schema.ini",
      "[schema]\nunknown = allow\n[site]\nwords_merged = true\ntoken_secret = true\n")
    try site.fixture.write("config/local.ini", "[DEFAULT]\nall = 1\n[site]\ntoken = tttttt\n")
    try site.setPrivate(
      Self.key + "[site]\npassword = swordfish\nwords_add = three\nwords_del = one\n")
    let loaded = try site.configuration()
    let shown = try site.fixture.write(
      "saved.ini", loaded.rendered(.public, resolved: false))
    let saved = try Configuration.load(savedText: loaded.rendered(.complete, resolved: false))
      .markingPrivate(besides: shown)
    func inputs(_ configuration: Configuration) throws -> BuildInputs {
      try BuildInputs(configuration, BuildPaths(configuration), commit: nil, probes: [:])
    }
    let (one, other) = (try inputs(loaded), try inputs(saved))
    #expect(other.changes(since: one) == [] && one == other)
    #expect(one.entries["setting site:token"] == "<private>")
    #expect(one.entries["setting site:all"] == "1")
    #expect(try !one.text.contains("tttttt"))
  }

  @Test func filesAreReadOncePerPass() throws {
    let site = try InputSite()
    let configuration = try site.configuration()
    let files = InputFiles()
    func inputs() throws -> BuildInputs {
      try BuildInputs(
        configuration, BuildPaths(configuration), commit: nil, probes: [:], files: files)
    }
    let first = try inputs()
    try site.fixture.write("helpers/tool", "changed\n")
    try site.fixture.write("helpers/new", "\n")
    #expect(try inputs() == first)
  }

  @Test(arguments: ["", "[]", "{\"a\": 1}", "{\"a\": null}", "not JSON", "{\"a\": {\"b\": \"c\"}}"])
  func whatIsNoAccountIsRefused(text: String) {
    let error = #expect(throws: MalformedInputs.self) { try BuildInputs(parsing: text) }
    #expect(error?.exitStatus == .dataError)
    #expect(error?.description.contains("a JSON object of strings") == true)
  }

  @Test func aMissingHookIsNamed() throws {
    let site = try InputSite()
    try site.fixture.write("config/local.ini", "[check]\nhooks_add = 50-none\n")
    let error = #expect(throws: ConfigurationError.self) { try site.inputs() }
    #expect(error?.description.contains("50-none") == true)
  }

  @Test func theBuildIDIsThatOfTheLinker() throws {
    for program in [try ProgramFiles.engine(), "/bin/bash"] {
      let told = try Shell.run("readelf -n '\(program)' | sed -n 's/ *Build ID: //p'").lines
      #expect(try BuildID.of(program) == told.first)
    }
    let fixture = try Fixture()
    let text = try fixture.write("text", "no program\n")
    #expect(try BuildID.of(text) == nil)
    #expect(throws: LinuxError.self) { try BuildID.of("/nonexistent") }
    // Damaged programs have no ID, or another one, and nothing else happens.
    let bytes = try FileAccess.beginning(of: "/bin/bash", sizeInBytes: 1 << 12)
    for position in 0..<bytes.count where position < 512 || position % 64 == 0 {
      var damaged = bytes
      damaged[position] ^= 0xFF
      try FileAccess.write(damaged, to: text, waitsForDisk: false)
      _ = try BuildID.of(text)
    }
  }
}
