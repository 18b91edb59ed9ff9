import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

@Suite struct SExpressionTests {
  @Test func theCanonicalFormIsReadAndWritten() {
    let text = "(7:sig-val(5:eddsa(1:r2:ab)(1:s0:)))"
    let expression = SExpression(canonical: Array(text.utf8))
    #expect(expression.map { String(decoding: $0.canonical, as: UTF8.self) } == text)
    #expect(expression?.elements(of: "sig-val")?.first?.elements(of: "eddsa")?.count == 2)
    #expect(expression?.elements(of: "public-key") == nil)
  }

  @Test(arguments: [
    "", "(", ")", "()x", "(3:ab)", "(-1:)", "(99999999999999999999:a)", "(1:a", "1", "a:b",
    String(repeating: "(", count: 10000), String(repeating: "(", count: 9) + "))))))))))",
  ])
  func whatIsNoneIsRefused(text: String) {
    #expect(SExpression(canonical: Array(text.utf8)) == nil)
  }
}
