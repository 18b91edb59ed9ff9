import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import Configuration

@Suite struct PrivateSettingsTests {
  private static let files = ["etc/private.ini", "local/config/private.ini", "config/private.ini"]

  @Test(arguments: files, [0o600, 0o400, 0o640, 0o604, 0o622])
  func aPrivateFileThatOthersMayUseIsTold(file: String, mode: Int) throws {
    let site = try Site(["local/config/schema.ini": "[schema]\nunknown = allow\n"])
    let path = try site.fixture.write(file, "[site]\ntoken = sentinel-token\n", mode: mode)
    let warnings = try site.load().warnings
    if mode & 0o077 == 0 {
      #expect(warnings.isEmpty)
    } else {
      let permissions = FilePermissions(rawValue: mode_t(mode))
      #expect(warnings == [.readablePrivateFile(path, permissions)])
      let text = warnings.map(\.description).joined()
      #expect(text.contains("has mode \(String(mode, radix: 8))"))
      #expect(text.hasSuffix("run: chmod 600 \(path)"))
    }
  }

  @Test func privateValuesThatAreTooShortAreTold() throws {
    let site = try Site([
      "config/defaults.ini": "[site]\nurl = ${pin}\nempty = x\nshown_secret = abc\n",
      "config/schema.ini": "[schema]\nunknown = allow\n[site]\nshown_secret = true\n",
    ])
    let path = try site.fixture.write(
      "config/private.ini",
      "[DEFAULT]\nport = 80\n[site]\npin = 12345\nflag = true\nlong = 123456\nempty =\n"
        + "[other]\nx = é é é\n[image]\nhooks_add = 60-x\n",
      mode: 0o600)
    let warnings = try site.load().warnings
    let told = warnings.compactMap { warning -> String? in
      guard case .shortPrivateValue(let place) = warning else { return nil }
      #expect(warning.description.contains("shorter than 6 characters"))
      return place.description
    }
    #expect(told.count == warnings.count)
    #expect(
      Set(told) == [
        "site:<private> (\(path):4)", "site:<private> (\(path):5)", "build:<private> (\(path):2)",
        "<private>:<private> (\(path):9)",
      ])
    #expect(told.count == 4, "\(told)")
  }

  @Test func aSavedConfigurationKnowsWhatIsPrivateFromThePublicOne() throws {
    let site = try Site([
      "config/defaults.ini": """
      [server]
      url = https://${user}:${password}@host
      user = public-name
      open = nothing-private
      [image]
      token = in-the-open
      """,
      "config/schema.ini": "[image]\ntoken_secret = true\n",
      "config/private.ini": """
      [DEFAULT]
      everywhere = sentinel-default
      [server]
      password = sentinel-password
      user = private-name
      """,
    ])
    let configuration = try site.load()
    let path = site.fixture.path("public.ini")
    try site.fixture.write("public.ini", try configuration.rendered(.public, resolved: false))
    let saved = try site.fixture.write(
      "complete.ini", try configuration.rendered(.complete, resolved: false))
    let loaded = try Configuration.load(saved: saved)
    #expect(loaded.privateValues == [])
    let values = Set(try loaded.markingPrivate(besides: path).privateValues)
    #expect(
      values == [
        "sentinel-default", "sentinel-password", "private-name", "in-the-open",
        "https://private-name:sentinel-password@host",
      ])
  }
}
