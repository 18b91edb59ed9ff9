import TestSupport
import Testing

@testable import Bindings

@Suite struct FlatpakMetadataTests {
  private static let checksum = String(repeating: "0a", count: 32)

  private func extraData(_ number: String) -> String {
    "uri\(number)=https://example.org/x\(number)/data.bin?a=b\nchecksum\(number)=\(Self.checksum)\n"
  }

  @Test func anApplicationNamesItsRuntime() {
    let metadata = FlatpakMetadata(
      text: "[Application]\nname=org.example.A\nruntime=org.example.P/x86_64/1\n")
    #expect(metadata.runtime == "org.example.P/x86_64/1")
    #expect(metadata.extraData.isEmpty)
  }

  @Test func extraDataIsNumberedWithoutGaps() {
    let metadata = FlatpakMetadata(
      text: "[Extra Data]\nname=first\nsize=7\n\(extraData(""))\(extraData("1"))size1=x\n"
        + extraData("3"))
    #expect(
      metadata.extraData == [
        FlatpakMetadata.ExtraData(
          name: "first", url: "https://example.org/x/data.bin?a=b", checksum: Self.checksum,
          sizeInBytes: 7),
        FlatpakMetadata.ExtraData(
          name: "data.bin?a=b", url: "https://example.org/x1/data.bin?a=b",
          checksum: Self.checksum, sizeInBytes: 0),
      ])
  }

  @Test(arguments: [
    ("", nil), ("[Extra Data]\nNoRuntime=true\n", nil), ("[Extra Data]\n", "org.example.P/a/1"),
  ])
  func anExtensionNeedsARuntimeToUnpackExtraData(group: String, runtime: String?) {
    let text = "[Runtime]\nname=org.example.X\n[ExtensionOf]\nruntime=org.example.P/a/1\n"
    let metadata = FlatpakMetadata(
      text: text + group + (group.isEmpty ? "" : extraData("")))
    #expect(metadata.runtime == runtime)
  }

  @Test(arguments: ["", "no file", "[Application]\nruntime\n", "[Extra Data]\nuri=x\n"])
  func whatItDoesNotSayIsEmpty(text: String) {
    let metadata = FlatpakMetadata(text: text)
    #expect(metadata.runtime == nil && metadata.extraData.isEmpty)
  }

  @Test func refsHaveFourParts() {
    let ref = FlatpakRef("app/org.example.A/x86_64/stable")
    #expect(ref == FlatpakRef(kind: .app, name: "org.example.A", arch: "x86_64", branch: "stable"))
    #expect(ref?.shortText == "org.example.A/x86_64/stable")
    for text in ["", "app/a/b", "app/a/b/c/d", "app//b/c", "other/a/b/c", "app/a/b/"] {
      #expect(FlatpakRef(text) == nil, "\(text)")
    }
  }
}
