import Configuration
import SystemPackage
import TestSupport
import Testing

@testable import ImageBuilderCore

@Suite struct S3CredentialsTests {
  let fixture: Fixture

  init() throws {
    fixture = try Fixture()
  }

  private func read(
    _ text: String?, _ environment: [String: String] = [:]
  ) throws -> S3Credentials {
    if let text { try fixture.write("aws-credentials", text, mode: 0o640) }
    return try S3Credentials(
      file: fixture.path(text == nil ? "nothing" : "aws-credentials"), environment: environment)
  }

  @Test func aFileThatEveryUserCanReadIsRefused() throws {
    let file = try fixture.write("open", "[default]\n", mode: 0o644)
    let error = #expect(throws: ExposedFile.self) {
      try S3Credentials(file: file, environment: [:])
    }
    #expect(error?.description.contains("0644, so every user can use its passwords") == true)
    #expect(error?.exitStatus == .dataError)
  }

  private let variables = ["AWS_ACCESS_KEY_ID": "VARIABLE", "AWS_SECRET_ACCESS_KEY": "V"]

  @Test func theProfileDefaultIsUsedBeforeTheEnvironment() throws {
    let file = """
      # A comment
      [other]
      aws_access_key_id = OTHER
      [default]
      aws_access_key_id = FILE
      AWS_SECRET_ACCESS_KEY=a/b+c==
      region = eu-west-3
      """
    let credentials = S3Credentials(accessKeyID: "FILE", secretAccessKey: "a/b+c==")
    #expect(try read(file, variables) == credentials)
    #expect(try read(file + "\naws_session_token = t").sessionToken == "t")
  }

  @Test(arguments: [nil, "", "[other]\naws_access_key_id = OTHER\n", "[default]\nregion = x\n"])
  func theEnvironmentIsUsedOtherwise(_ file: String?) throws {
    var environment = variables
    #expect(
      try read(file, environment)
        == S3Credentials(accessKeyID: "VARIABLE", secretAccessKey: "V"))
    environment["AWS_SESSION_TOKEN"] = "t"
    #expect(try read(file, environment).sessionToken == "t")
    environment["AWS_SESSION_TOKEN"] = ""
    #expect(try read(file, environment).sessionToken == nil)
    let missing = #expect(throws: S3CredentialsError.self) { try read(file) }
    #expect(missing?.exitStatus == .unavailable)
    #expect(missing?.description.contains("[default]") == true)
  }

  @Test func halfAKeyAndStrangeCharactersAreRefusedWithoutTheirValue() throws {
    for (text, name) in [
      ("[default]\naws_access_key_id = FILE\n", "aws_secret_access_key"),
      ("[default]\naws_secret_access_key = hidden\n", "aws_access_key_id"),
      (
        "[default]\naws_access_key_id = A\naws_secret_access_key = hid den\n",
        "aws_secret_access_key"
      ),
      (
        "[default]\naws_access_key_id = A\naws_secret_access_key = hidden\n  x\n",
        "aws_secret_access_key"
      ),
      ("[default]\naws_access_key_id = Ä\naws_secret_access_key = hidden\n", "aws_access_key_id"),
    ] {
      let error = #expect(throws: S3CredentialsError.self) { try read(text, variables) }
      #expect(error?.description.contains(name) == true, "\(text)")
      #expect(error?.description.contains("hid") == false)
    }
    #expect(throws: ConfigurationError.self) { try read("aws_access_key_id = A\n") }
    #expect(throws: S3CredentialsError.self) {
      try read(nil, ["AWS_ACCESS_KEY_ID": "A"])
    }
  }
}
