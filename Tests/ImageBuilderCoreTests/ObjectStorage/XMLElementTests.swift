import Testing

@testable import ImageBuilderCore

@Suite struct XMLElementTests {
  private func parse(_ text: String) throws -> XMLElement {
    try XMLElement(parsing: Array(text.utf8))
  }

  @Test func documentsOfObjectStoresAreRead() throws {
    let document = try parse(
      """

      <?xml version="1.0" encoding="UTF-8"?>
      <List xmlns="http://s3.amazonaws.com/doc/2006-03-01/" a='"'>
        <Key>a &amp; b&lt;&gt;&quot;&apos;&#34;&#x1F600;</Key>
        <Empty/><Empty ></Empty >
        <Key>ä</Key>
      </List>

      """)
    #expect(document.name == "List")
    #expect(document["Key"] == "a & b<>\"'\"😀")
    #expect(document.all("Key").map(\.text) == ["a & b<>\"'\"😀", "ä"])
    #expect(document["Empty"] == "" && document["Other"] == nil)
  }

  @Test(arguments: [
    "", "text", "<a>", "<a></b>", "<a></a>b", "<a/><b/>", "<a", "<a b></a>", "<a b=c></a>",
    "<a b=\"c></a>", "<a b=\"<\"/>", "</a>", "<a><b></a></b>", "<>", "< a/>", "<a>&b;</a>",
    "<a>&amp</a>", "<a>&</a>", "<a>&#;</a>", "<a>&#x;</a>", "<a>&#0;</a>", "<a>&#-1;</a>",
    "<a>&#xD800;</a>", "<a>&#99999999999;</a>", "<a>&#+65;</a>", "<a><!-- b --></a>",
    "<a><![CDATA[b]]></a>", "<!DOCTYPE a><a/>", "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>",
    "<?xml version=\"1.0\"?>", "<?xml version", "<?xml ?><?xml ?><a/>", "<a><?b?></a>",
  ])
  func otherDocumentsAreRefused(_ text: String) {
    #expect(throws: XMLElement.SyntaxError.self) { try parse(text) }
  }

  @Test func neitherDepthNorBytesCanTrap() throws {
    func nested(_ depth: Int) -> String {
      String(repeating: "<a>", count: depth) + String(repeating: "</a>", count: depth)
    }
    #expect(try parse(nested(16)).name == "a")
    #expect(throws: XMLElement.SyntaxError.self) { try parse(nested(17)) }
    #expect(throws: XMLElement.SyntaxError.self) { try parse(nested(1_000_000)) }
    #expect(throws: XMLElement.SyntaxError.self) { try XMLElement(parsing: [0x3C, 0xFF]) }
    let document = Array("<?xml version=\"1.0\"?><a b=\"c\">&amp;<d/>e&#34;</a>".utf8)
    for position in document.indices {
      _ = try? XMLElement(parsing: Array(document[..<position]))
      for byte in UInt8.min...UInt8.max {
        var changed = document
        changed[position] = byte
        _ = try? XMLElement(parsing: changed)
      }
    }
  }
}
