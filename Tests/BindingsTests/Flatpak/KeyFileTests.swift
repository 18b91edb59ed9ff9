import TestSupport
import Testing

@testable import Bindings

@Suite struct KeyFileTests {
  @Test func valuesAreFoundInTheirGroups() throws {
    let file = try #require(
      KeyFile(text: "# note\n[A b]\nkey=a\\nb \nyes=true\nodd=maybe\n\n[C]\nkey = \u{E4}\n"))
    #expect(file.string("A b", "key") == "a\nb ")
    #expect(file.string("C", "key") == "\u{E4}")
    #expect(file.string("A b", "Key") == nil && file.string("B", "key") == nil)
    #expect(file.isTrue("A b", "yes"))
    #expect(!file.isTrue("A b", "odd") && !file.isTrue("A b", "none"))
  }

  @Test(arguments: ["key=1\n", "[A\nkey=1\n", "[A]\nword\n", "<html></html>"])
  func whatIsNoKeyFileIsToldApart(text: String) {
    #expect(KeyFile(text: text) == nil)
  }

  @Test func randomTextIsReadOrRefused() {
    var generator = SeededGenerator(seed: 1)
    let pieces = [
      "[", "]", "\n", "=", "[Extra Data]\n", "uri=", "a", "\\", "\\x", "\0", "#", "\u{E4}",
    ]
    for _ in 0..<2000 {
      let text = (0..<20).map { _ in generator.pick(pieces) }.joined()
      let file = KeyFile(text: text)
      _ = file?.string("Extra Data", "uri")
      _ = file?.isTrue("a", "a")
    }
  }
}
