import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

@Suite struct ListsTests {
  private let digest = String(repeating: "0a", count: 32)

  @Test func aChecksumListIsTakenAsItIsWritten() {
    let list = ChecksumList(parsing: "\(digest)  a\n\(digest)  folder/b c\n")
    #expect(list.digests == ["a": digest, "folder/b c": digest])
    #expect(list.findings.isEmpty)
  }

  @Test(arguments: [
    ("", "is empty"), ("D  a", "its last line has no newline"),
    ("D  a\nD  a\n", "line 2 lists a again"), ("\n", "line 1 is not 'DIGEST  NAME', but "),
    ("D a\n", "line 1 is not"), ("D  \n", "line 1 is not"), ("D *a\n", "line 1 is not"),
    ("x\n", "line 1 is not"), ("D  a\r\n", "its last line has no newline"),
  ])
  func whatAChecksumListHasWrongIsTold(text: String, problem: String) {
    let list = ChecksumList(parsing: text.replacing("D", with: digest))
    #expect(list.findings.contains { $0.problem.hasPrefix(problem) }, "\(list.findings)")
  }

  @Test func digestsInCapitalsAreNotTaken() {
    let list = ChecksumList(parsing: "\(digest.uppercased())  a\n")
    #expect(list.findings.count == 1)
  }

  @Test func ofAVeryWrongListSomeMistakesAreTold() {
    let list = ChecksumList(parsing: String(repeating: "\n", count: 100_000))
    #expect(list.findings.count == 100)
  }

  private func manifest(_ text: String) -> ReadManifest {
    ReadManifest(
      parsing: text.replacing("D", with: "\"\(digest)\""), name: "m",
      compressionTypes: ["full": ["gz", "xz", "zst"]])
  }

  @Test func aManifestSaysWhatThereIs() {
    let manifest = manifest(
      """
      {"arch": "amd64", "files": {"a.img.gz": {"size": 5, "sha256": D}},
       "ostree": {"commit": D},
       "images": {"full": {"file": "a.img.gz", "compressed_size": 5, "sha256": D,
         "compression_type": "gz", "extracted_size": 7, "extracted_sha256": D, "signature": null,
         "checksum": "a.img.gz.sha256"}, "other": {"file": "a.img.gz"}}}
      """)
    #expect(manifest.findings.isEmpty, "\(manifest.findings)")
    #expect(manifest.files["a.img.gz"] == OutputManifest.File(sizeInBytes: 5, digest: digest))
    #expect(manifest.images.map(\.format) == ["full", "other"])
    #expect(manifest.images[0].raw?.sizeInBytes == 7)
    #expect(manifest.images[0].raw?.compression == .gz)
    #expect(manifest.images[0].sidecars == ["a.img.gz.sha256"])
    #expect(manifest.images[1].raw == nil)
    #expect(manifest.commit == digest)
  }

  @Test(arguments: [
    ("", "is not JSON"), ("[]", "files is not an object"), ("{}", "files is not an object"),
    ("null", "files is not an object"), ("{\"files\": [1]}", "files is not an object"),
    ("{\"files\": {\"a\": 1}}", "files has no size and sha256 of a"),
    ("{\"files\": {\"a\": {\"size\": -1, \"sha256\": D}}}", "files has no size"),
    ("{\"files\": {\"a\": {\"size\": 1e99, \"sha256\": D}}}", "files has no size"),
    ("{\"files\": {\"a\": {\"size\": \"1\", \"sha256\": D}}}", "files has no size"),
    ("{\"files\": {\"a\": {\"size\": 1, \"sha256\": 7}}}", "files has no size"),
    ("{\"files\": {}, \"images\": []}", "images is not an object"),
    ("{\"files\": {}, \"images\": {\"full\": 1}}", "images.full.file is not one of files"),
    ("{\"files\": {}, \"images\": {\"full\": {\"file\": {}}}}", "images.full.file is not one"),
    ("{\"files\": {}, \"ostree\": {\"commit\": \"../..\"}}", "ostree.commit is ../.., which"),
    (
      "{\"files\": {\"a\": {\"size\": 1, \"sha256\": D}}, \"images\": {\"full\": {\"file\": \"a\"}}}",
      "images.full.compressed_size"
    ),
  ])
  func whatAManifestHasWrongIsTold(text: String, problem: String) {
    let manifest = manifest(text)
    #expect(manifest.findings.contains { $0.problem.hasPrefix(problem) }, "\(manifest.findings)")
  }

  @Test(arguments: ["[", "{\"a\":"])
  func deepValuesAreRefusedBeforeTheyAreRead(opening: String) async throws {
    for depth in [65, 500, 1_000_000] {
      let error = #expect(throws: DecodingError.self) {
        try JSONValue(parsing: String(repeating: opening, count: depth))
      }
      #expect("\(error.debugDescription)".contains("nested more than 64 deep"))
    }
    let brackets = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
    #expect(throws: Never.self) { try JSONValue(parsing: brackets) }
    #expect(throws: Never.self) { try JSONValue(parsing: "\"\\\"[[[\(brackets)[\\\\\"") }
  }

  @Test func namesOfAnybodyAreShownOnOneLine() {
    let finding = OutputFinding("a\nb\u{1b}[31m\u{202e}", "\r\u{2028}é")
    #expect(finding.description == "a\\u{a}b\\u{1b}[31m\\u{202e}: \\u{d}\\u{2028}é")
    #expect(visible(String(repeating: "x", count: 500)).count == 403)
  }
}
