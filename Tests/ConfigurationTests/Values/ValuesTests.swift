import SystemPackage
import TestSupport
import Testing

@testable import Configuration

@Suite struct ValuesTests {
  @Test(
    arguments: [
      ("500M", 500 << 20), ("1G", 1 << 30), ("2k", 2048), ("7", 7), ("1T", 1 << 40),
    ] as [(String, UInt64)])
  func sizes(_ text: String, _ bytes: UInt64) {
    #expect(ByteSizeSyntax.value(text) == bytes)
  }

  @Test(arguments: ["", "M", "-1", "1.5G", "1GB", "99999999999999999999", "17179869184G"])
  func noSizes(_ text: String) {
    #expect(ByteSizeSyntax.value(text) == nil)
  }

  @Test func typedValues() throws {
    let configuration = try Site([
      "config/defaults.ini": "[s]\nyes = On\nmaybe = perhaps\nrelative = a/b\nempty =\n"
    ]).load()
    #expect(try configuration.value(DeclaredOption<Bool>("s", "yes", default: nil)))
    let size = DeclaredOption<UInt64?>("s", "empty", default: "")
    #expect(try configuration.value(size) == nil)
    let path = DeclaredOption<FilePath>("s", "relative", default: nil)
    #expect(throws: ConfigurationError.self) { try configuration.value(path) }
    let maybe = DeclaredOption<Bool>("s", "maybe", default: nil)
    let error = #expect(throws: ConfigurationError.self) { try configuration.value(maybe) }
    let text = error?.description ?? ""
    #expect(text.contains("defaults.ini:3: s:maybe is 'perhaps'; accepted: true, false, yes"))
    let missing = #expect(throws: ConfigurationError.self) { try configuration.value("s", "yess") }
    #expect(missing?.description == "s:yess is not set; did you mean s:yes?")
  }

  @Test func badReferencesAreFoundWhenAFileIsRead() throws {
    let site = try Site(["config/defaults.ini": "[s]\nx = a $ b\ny = ${open\n"])
    let error = #expect(throws: ConfigurationError.self) { try site.load() }
    guard case .several(let errors) = error else {
      Issue.record("one error instead of two: \(String(describing: error))")
      return
    }
    #expect(errors.count == 2)
    #expect(errors[0].description.contains("defaults.ini:2: s:x has a bad reference at '$ b'"))
  }

  @Test func referencesToNothingAreCounted() throws {
    let chain = (1...8).map { "x\($0) =" + String(repeating: " ${x\($0 - 1)}", count: 20) + "\n" }
    let configuration = try Site([
      "config/defaults.ini": "[s]\nx0 =\n" + chain.joined()
    ]).load()
    #expect(try configuration.words("s", "x3").isEmpty)
    let error = #expect(throws: ConfigurationError.self) { try configuration.value("s", "x8") }
    #expect(error?.description.hasSuffix("1048576 bytes, or 10000 references") == true)
  }

  @Test(arguments: ["", ".hidden", "a/b", "a b", "caf\u{E9}"])
  func badAttributeNames(_ name: String) {
    #expect(throws: ConfigurationError.badName(what: "product", found: name)) {
      try Variant(product: name)
    }
  }

  @Test func buildVersionComesFromTheSourceDate() throws {
    let settings = try BuildSettings(sourceDateEpoch: "1700000000")
    #expect(settings.buildVersion == "231114-221320")
    #expect(throws: ConfigurationError.badSourceDateEpoch("now")) {
      try BuildSettings(sourceDateEpoch: "now")
    }
  }

  @Test func nearestNames() {
    #expect(NearestName.find("eso", among: ["eos", "fr"]) == "eos")
    #expect(NearestName.find("compresion", among: ["compression", "partition"]) == "compression")
    #expect(NearestName.find("zzz", among: ["eos", "fr"]) == nil)
  }
}
