import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

@Suite struct ReleaseNotesTests {
  @Test func notesSayWhatHasChanged() async throws {
    let site = try FleetSite("[release]\nend_of_life = 2099-12-31\n")
    for personality in ["en", "es"] { try await site.publish("1", personality) }
    let fleet = try site.fleet("en", "es")
    try await site.release(fleet)
    let first = try await fleet.notes(of: "1")
    #expect(first.previous == nil && first.variants.allSatisfy { $0.packages == nil })
    #expect(first.markdown.hasPrefix("# nightly 1\n\nThis is the first release.\n"))
    #expect(!first.markdown.contains("## Packages"))
    let new = FleetSite.Content(
      commit: String(repeating: "d", count: 64), osVersion: "12.2",
      packages: ["bash": "5.3", "zsh": "5.9"],
      inputs: [
        "setting image:hooks": "2", "hook image/50-user": String(repeating: "a", count: 64),
      ],
      image: "a larger image")
    var other = new
    other.packages = ["bash": "5.3", "zsh": "5.9", "hunspell-es": "1"]
    try await site.publish("2", "en", new)
    try await site.publish("2", "es", other)
    let notes = try await fleet.notes(of: nil)
    #expect(notes.previous == "1" && notes.version == "2")
    let en = try #require(notes.variants.first)
    #expect(en.packages?.changed == [.init(name: "bash", from: "5.2", to: "5.3")])
    #expect(en.packages?.added == [.init(name: "zsh", from: nil, to: "5.9")])
    #expect(en.inputs?.changed.map(\.name) == ["setting image:hooks"])
    #expect(en.osVersion == .init(before: "12.1", now: "12.2"))
    #expect(en.images.map(\.size) == [14] && en.imagesBefore.map(\.size) == [5])
    let text = notes.markdown
    let digest = en.images[0].sha256
    for part in [
      """
      # nightly 2

      The release before is 1.

      | variant                   | version | system       | supported until |
      |---------------------------|---------|--------------|-----------------|
      | eos/eos5.1/amd64/amd64/en | 2       | 12.1 -> 12.2 | 2099-12-31      |
      | eos/eos5.1/amd64/amd64/es | 2       | 12.1 -> 12.2 | 2099-12-31      |

      ## Upstream

      - commit before `\(String(repeating: "c", count: 64))`
      - commit now    `\(String(repeating: "d", count: 64))`

      ## Packages

      eos/eos5.1/amd64/amd64/en\("  ")

      - added: `zsh` 5.9
      - changed: `bash` 5.2 -> 5.3

      eos/eos5.1/amd64/amd64/es\("  ")

      - added: `hunspell-es` 1
      - added: `zsh` 5.9
      - changed: `bash` 5.2 -> 5.3

      ## Settings and hooks

      - added: `hook image/50-user`
      - changed: `setting image:hooks` 1 -> 2

      ## Images

      | variant                   | image   | size   | before |
      |---------------------------|---------|--------|--------|
      | eos/eos5.1/amd64/amd64/en | img.zst | 0.0 MB | 0.0 MB |
      """, "\n```\n\(digest)  eos-eos5.1-amd64-amd64.2.en.img.zst\n",
    ] {
      #expect(text.contains(part), "\(text)")
    }
    let json = try JSONValue(encoding: notes)
    #expect(json["variants"]?.members.first?["packages"]?["added"]?.members.first?["name"] == "zsh")

    // The notes of a release are a file beside its record, and stay when its versions are gone.
    try await site.release(fleet)
    let file = site.directory.appending("releases/nightly/2.md")
    #expect(try FileAccess.text(of: file) == text)
    _ = try await Prune(fleet, .release).run(isConfirmed: true)
    try Shell.run("rm -r '\(site.directory)'/eos/eos5.1/amd64/amd64/en")
    let later = try await fleet.notes(of: "2")
    #expect(later.variants.map(\.isGone) == [true, false])
    #expect(later.markdown.contains("2 (removed)"))
    let error = try #require(
      await #expect(throws: UnknownRelease.self) { try await fleet.notes(of: "3") })
    #expect(error.description.contains("its newest releases are 2, 1"))
  }

  @Test func hostileNamesStayInTheirCells() async throws {
    let site = try FleetSite()
    try await site.publish(
      "1", "en", .init(osVersion: "12 | <b>\n# x", packages: ["a\u{1b}[31m\nb": "1"]))
    try await site.release(site.fleet("en"))
    try await site.publish("2", "en", .init(osVersion: "12 | <b>\n# x", packages: [:]))
    let text = try await site.fleet("en").notes(of: nil).markdown
    #expect(
      text.contains(#"12 \| <b>\u{a}# x"#) && text.contains(#"- removed: `a\u{1b}[31m\u{a}b` 1"#))
  }
}
