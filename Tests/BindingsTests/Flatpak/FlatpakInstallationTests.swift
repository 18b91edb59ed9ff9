import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Bindings

@Suite struct FlatpakInstallationTests {
  private let fixture: Fixture
  private let test: FlatpakTestRemote
  private let installation: FlatpakInstallation
  private let remote: FlatpakRemote

  init() throws {
    fixture = try Fixture()
    test = try FlatpakTestRemote(fixture)
    installation = try FlatpakInstallation(fixture.path("flatpak"), isArchive: true)
    remote = FlatpakRemote(name: "example", url: test.url)
  }

  private func bytes(_ file: FilePath) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: file.string)))
  }

  private var configuration: [Substring] {
    get throws { try fixture.text("flatpak/repo/config").split(separator: "\n") }
  }

  @Test func aRemoteKeepsWhatIsNotSetAgain() throws {
    var remote = FlatpakRemote(
      name: "example", url: test.url, title: "Mine", defaultBranch: "beta", priority: 3,
      isHidden: true, collectionID: "org.example.Repo")
    try installation.set(remote)
    #expect(try installation.remotes() == [remote])
    try installation.set(FlatpakRemote(name: "example", url: "https://example.org/repo"))
    remote.url = "https://example.org/repo"
    #expect(try installation.remotes() == [remote])
  }

  @Test func signaturesAreAlwaysVerified() throws {
    var remote = remote
    try installation.set(remote)
    remote.collectionID = "org.example.Repo"
    try installation.set(remote)
    #expect(try configuration.contains("gpg-verify=true"))
    #expect(try configuration.contains("gpg-verify-summary=true"))
  }

  @Test func optionsAreSetAndRemoved() throws {
    try installation.setOption("languages", to: "de;en")
    #expect(try configuration.contains("xa.languages=de;en"))
    try installation.setOption("languages", to: nil)
    #expect(try !configuration.contains { $0.contains("languages") })
  }

  @Test func keysAreReplaced() throws {
    let keys = try [test.key, test.otherKey].map(bytes)
    func numberOfKeys() throws -> Int {
      try Shell.run(
        "gpg --homedir '\(fixture.directory)' --with-colons --show-keys "
          + "'\(fixture.path("flatpak/repo/example.trustedkeys.gpg"))' 2>/dev/null"
      ).lines.filter { $0.hasPrefix("pub:") }.count
    }
    try installation.set(remote, trusting: keys)
    #expect(try numberOfKeys() == 2)
    try installation.set(remote)
    #expect(try numberOfKeys() == 2)
    try installation.set(remote, trusting: [keys[0]])
    #expect(try numberOfKeys() == 1)
    #expect(try !installation.offers(of: "example", allArchitectures: false).isEmpty)
    #expect(throws: GLibError.self) {
      try installation.set(remote, trusting: [Array("no key".utf8)])
    }
  }

  @Test func aRemoteOfAnotherKeyOffersNothing() throws {
    try installation.set(remote, trusting: [try bytes(test.otherKey)])
    let error = #expect(throws: GLibError.self) {
      try installation.offers(of: "example", allArchitectures: false)
    }
    #expect(error?.message.contains("public key not found") == true, "\(error?.message ?? "")")
  }

  @Test func offersAreThoseOfTheSummary() throws {
    try installation.set(remote, trusting: [try bytes(test.key)])
    let offers = try installation.offers(of: "example", allArchitectures: false)
    #expect(offers.map(\.ref) == offers.map(\.ref).sorted())
    func offer(_ name: String) throws -> FlatpakOffer {
      try #require(offers.first { $0.ref.name == "org.example.\(name)" && $0.ref.branch != "beta" })
    }
    let hello = try offer("Hello")
    #expect(hello.metadata.runtime == "org.example.Platform/\(FlatpakRef.hostArchitecture)/1")
    #expect(hello.installedSizeInBytes > 50_000 && hello.downloadSizeInBytes > 50_000)
    #expect(hello.endOfLife == nil && hello.replacement == nil)
    #expect(try offer("Old").endOfLife == "too old")
    #expect(
      try offer("Moved").replacement
        == "app/org.example.Hello/\(FlatpakRef.hostArchitecture)/stable")
    #expect(try offer("Extra").metadata.extraData.map(\.url) == ["http://127.0.0.1:1/x"])

    #expect(!offers.contains { $0.ref.name == "org.example.Foreign" })
    let all = try installation.offers(of: "example", allArchitectures: true)
    #expect(all.contains { $0.ref.name == "org.example.Foreign" })
    #expect(try test.requests().allSatisfy { $0.contains("summar") || $0.hasSuffix("/config") })
  }
}
