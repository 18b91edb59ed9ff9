import TestSupport
import Testing

@testable import Configuration

@Suite struct RemoteTLSTests {
  private func load(_ options: String, _ more: [String: String] = [:]) throws -> Configuration {
    try Site(["config/local.ini": "[ostree]\n\(options)\n"].merging(more) { $1 }).load()
  }

  @Test func aCertificateNeedsItsKey() throws {
    let certificate = try load("tls_client_certificate = /a").validationMessage
    #expect(
      certificate.contains(
        "config/local.ini:2: ostree:tls_client_certificate is set, but ostree:tls_client_key is not"
      ))
    let key = try load("tls_client_key = /a").validationMessage
    #expect(key.contains("config/local.ini:2: ostree:tls_client_key is set, but"))
    #expect(try load("tls_client_key = /a\ntls_client_certificate = /b").validationMessage == "")
    #expect(
      try load("tls_ca = ca.pem").validationMessage.contains("ostree:tls_ca is 'ca.pem'; accepted:")
    )
  }

  @Test(arguments: [("https://a/", 0), ("http://a/", 1), ("file:///a", 1), ("", 0)])
  func filesThatAreNotUsedAreTold(url: String, count: Int) throws {
    let warnings = try load("url = \(url)\ntls_ca = /ca.pem").warnings.map { "\($0)" }
    #expect(warnings.count == count)
    let isTold = warnings.allSatisfy {
      $0.contains("ostree:tls_ca") && $0.contains("ostree:url is not an https:// URL")
    }
    #expect(isTold, "\(warnings)")
  }

  @Test func aCheckReportsWhatIsWrongWithThePasswords() async throws {
    let site = try Site([
      "config/local.ini": "[ostree]\nurl = https://host/\n",
      "etc/netrc": "machine host login user password secret",
    ])
    func check() async throws -> [String] {
      let loader = try ConfigurationLoader(site.sources)
      let variant = try Variant(
        product: "eos", branch: "master", arch: "amd64", personality: "base")
      return await VariantCheck(variant, loader, HookLint(loader.site.known)).errors.map(\.text)
    }
    #expect(try await check().contains { $0.contains("every user can use its passwords") })
    try site.fixture.write("etc/netrc", "machine host\nlogin user my secret", mode: 0o600)
    let errors = try await check()
    #expect(errors.contains { $0.hasPrefix("\(site.fixture.path("etc/netrc")):2: a word is none") })
    try site.fixture.write("etc/netrc", "machine host login user password secret", mode: 0o600)
    #expect(try await !check().contains { $0.contains("netrc") })
  }
}
