import TestSupport
import Testing

@testable import Configuration

@Suite struct SigningOptionsTests {
  private func errors(_ image: String) throws -> [String] {
    let site = try Site(["config/defaults.ini": "[image]\n\(image)", "release.asc": ""])
    let configuration = try site.load()
    do {
      try configuration.validate()
      return []
    } catch {
      return error.single.map { "\($0)" }
    }
  }

  @Test func theCommandAndTheKeyContradictEachOther() throws {
    let found = try errors(
      "signing_command = sign {file}\nsigning_keyid = 0123\nsigning_public_keys = release.asc\n")
    #expect(found.count == 1)
    #expect(found.first?.contains("defaults.ini:2: image:signing_command") == true, "\(found)")
    #expect(found.first?.contains("is set beside image:signing_keyid (") == true, "\(found)")
    #expect(found.first?.contains("defaults.ini:3)") == true, "\(found)")
  }

  @Test func theCommandNeedsTheKeysThatVerifyIt() throws {
    let found = try errors("signing_command = sign {file}\n")
    #expect(found.count == 1 && found[0].contains("image:signing_public_keys is empty"), "\(found)")
  }

  @Test func aCommandOrAKeyAloneIsComplete() throws {
    #expect(try errors("signing_keyid = 0123\n") == [])
    #expect(
      try errors("signing_command = sign {file}\nsigning_public_keys = release.asc\n") == [])
  }

  @Test(arguments: [
    "sign", "{file}", "bin/sign {file}", "-x {file}", "./sign {file}", "sign {File}",
  ])
  func whatIsNoCommandForAFileIsRefused(text: String) throws {
    let found = try errors("signing_command = \(text)\nsigning_public_keys = release.asc\n")
    #expect(found.count == 1 && found[0].contains("with {file} in one of them"), "\(found)")
  }

  @Test func everyPlaceholderIsTheFile() {
    let command = CommandTemplate("/opt/sign  --in={file}\n--again {file} {other} &")
    #expect(command?.program == "/opt/sign")
    #expect(
      command?.arguments(for: "/a b") == ["--in=/a b", "--again", "/a b", "{other}", "&"])
  }
}
