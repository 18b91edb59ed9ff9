import Testing

@testable import ImageBuilderCore

@Suite struct SecretFilterTests {
  @Test func privateValuesAreReplaced() {
    let filter = SecretFilter(["secret-1", "secret-12", "first line\nsecond line"])
    #expect(filter("a secret-12 b secret-1") == "a <private> b <private>")
    #expect(filter("+ echo second line") == "+ echo <private>")
    #expect(filter("nothing here") == "nothing here")
  }

  @Test func shortValuesWouldHideTooMuch() {
    #expect(SecretFilter(["true", "12345", ""])("true 12345") == "true 12345")
  }
}
