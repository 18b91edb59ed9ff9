import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

@Suite struct ManifestTests {
  let fixture: Fixture

  init() throws {
    fixture = try Fixture()
  }

  @Test func fragmentsOfAnyNameAndDepthAreMerged() throws {
    try fixture.write("m/a.json", #"{"images": {"full": {"size": 12345678901}}, "x": null}"#)
    try fixture.write(
      "m/deep/er/b", #"{"images": {"boot": {"ok": true, "ratio": 0.5}}, "x": null}"#)
    let merged = try ManifestFragments(in: fixture.path("m")).merged
    #expect(
      try JSONValue.object(merged).text() == """
        {
          "images" : {
            "boot" : {
              "ok" : true,
              "ratio" : 0.5
            },
            "full" : {
              "size" : 12345678901
            }
          },
          "x" : null
        }

        """)
  }

  @Test func differentValuesForOneKeyAreRefused() throws {
    let first = try fixture.write("m/a", #"{"a": {"b": 1}}"#)
    let second = try fixture.write("m/b", #"{"a": {"b": 2}}"#)
    let error = #expect(throws: OutputError.self) { try ManifestFragments(in: fixture.path("m")) }
    #expect(
      error?.description
        == "the manifest fragments \(first) and \(second) give different values for a.b")
  }

  @Test(arguments: ["[1]", "\"text\"", "{", ""])
  func whatIsNoObjectIsRefusedByName(text: String) throws {
    let file = try fixture.write("m/a", text)
    let error = #expect(throws: OutputError.self) { try ManifestFragments(in: fixture.path("m")) }
    #expect(
      error?.description.hasPrefix("the manifest fragment \(file) is not a JSON object") == true)
  }

  @Test func aMissingDirectoryHasNoFragments() throws {
    #expect(try ManifestFragments(in: fixture.path("nothing")).merged.isEmpty)
  }

  @Test func listsCoverWhatTheDesignSays() throws {
    for name in [
      "v.img.zst", "v.img.zst.asc", "v.img.zst.sha256", "v.img.zst.size", "v.img.asc",
      "v.img.sha256",
      "v.manifest.json", "v.config.ini", "v.build.txt", "v.check.json", "SHA256SUMS",
      "SHA256SUMS.gpg", "folder/extra", "folder/extra.asc",
      // Nothing accompanies these, so the list has to prove them.
      "keys.asc", "v.ova.sha256", "v.config.ini.size", "other.gpg", "other.build.txt",
    ] {
      try fixture.write("out/\(name)", "")
    }
    let listing = OutputListing(fixture.path("out"), version: "v")
    #expect(
      listing.covered == [
        "folder/extra", "keys.asc", "other.build.txt", "other.gpg", "v.config.ini",
        "v.config.ini.size", "v.img.zst", "v.manifest.json", "v.ova.sha256",
      ])
    #expect(
      listing.artifacts(excluding: "v.manifest.json")
        == listing.covered.filter { $0 != "v.manifest.json" })
  }

  @Test func datesAreUTC() {
    #expect(UTCDate.text(1_700_000_000) == "2023-11-14T22:13:20Z")
  }
}
