import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// The file of publish:registry_authfile.
@Suite struct RegistryCredentialsTests {
  private let fixture: Fixture

  init() throws {
    fixture = try Fixture()
  }

  @Test(arguments: [
    (nil, "cannot be read"), ("nonsense", "is not JSON"), ("[]", "is not JSON"),
    (#"{"auths": {"other.example.org": {"auth": "YTpi"}}}"#, "has no entry for 127.0.0.1:1;"),
    (#"{"credsStore": "pass"}"#, "names a credential helper"),
    (#"{"auths": {"127.0.0.1:1": {"identitytoken": "x"}}}"#, "without a user name and password"),
    (#"{"auths": {"127.0.0.1:1": {"auth": "%%"}}}"#, "without a user name and password"),
  ])
  func aFileWithoutTheCredentialsIsTold(content: String?, reason: String) throws {
    let file = fixture.path("auth.json")
    if let content { try fixture.write("auth.json", content) }
    let registry = try #require(RegistryReference("127.0.0.1:1/team/images"))
    let error = #expect(throws: RegistryCredentials.Unusable.self) {
      try RegistryCredentials(in: file, for: registry)
    }
    #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    #expect(error?.description.contains("skopeo login --authfile \(file)") == true)
    #expect(error?.exitStatus == .unavailable)
  }

  @Test(arguments: [
    ("r.example.org", "YTpi"), ("r.example.org/team", "YTpj"),
    ("https://r.example.org/v1/", "YTpk"),
    ("r.example.org/team/images", "YTpl"),
  ])
  func theNearestEntryCounts(key: String, encoded: String) throws {
    let text =
      #"{"auths": {"\#(key)": {"auth": "\#(encoded)"}, "org": {}, "r.example.org/te": {}}}"#
    let file = try fixture.write("auth.json", text)
    let registry = try #require(RegistryReference("r.example.org/team/images"))
    #expect(try RegistryCredentials(in: file, for: registry).encoded == encoded)
  }
}
