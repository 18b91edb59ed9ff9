import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// `image:signing_command`, with programs that sign as a service does and with such as do not.
@Suite struct SigningCommandTests {
  let site: Site
  let key: SigningFixture
  let file: FilePath
  let signature: FilePath
  private var fixture: Fixture { site.fixture }

  init() throws {
    site = try Site([
      "config/defaults.ini": """
      [build]
      tmpdir = ${srcdir}/tmp
      [image]
      signing_public_keys = gnupg.asc
      """
    ])
    key = try SigningFixture(site.fixture)
    file = try site.fixture.write("out/image", "content\n")
    signature = site.fixture.path("out/image.asc")
  }

  /// A program that signs `$1` with gpg.
  private func gpg(_ more: String = "", key: SigningFixture? = nil) -> String {
    "gpg --homedir '\((key ?? self.key).home)' --batch --yes --armor -o \"$1.asc\" \(more) -b \"$1\""
  }

  private func sign(
    _ script: String, arguments: String = "{file}", limit: String = "",
    output: @escaping @Sendable (String) -> Void = { _ in }
  ) async throws {
    let program = try fixture.write("service", "#!/bin/bash\n\(script)\n", mode: 0o755)
    _ = try fixture.makeDirectory("tmp")
    try fixture.write(
      "config/local.ini",
      "[image]\nsigning_command = \(program) \(arguments)\nsigning_timeout = \(limit)\n")
    let configuration = try site.load()
    try configuration.validate()
    let paths = try BuildPaths(configuration)
    let command = try #require(try configuration.value(Options.image.signingCommand))
    try await SigningCommand.with(command, configuration, paths, output: output) {
      try await $0.sign(Artifact(file), to: signature)
    }
  }

  private func refusal(_ script: String, limit: String = "") async throws -> String {
    let error = await #expect(throws: SigningCommandFailure.self) {
      try await sign(script, limit: limit)
    }
    #expect(error?.exitStatus == .unavailable)
    #expect(!fixture.exists("out/image.asc"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.path("tmp").string) == [])
    return error?.description ?? ""
  }

  @Test func theSignatureOfTheServiceIsThatOfTheFile() async throws {
    try await sign(
      "echo junk >\"$(dirname \"$2\")/junk\"; set -- \"${2#--in=}\"; \(gpg()); echo x >\"$1.log\"",
      arguments: "--first --in={file}")
    let verified = try Shell.run(
      "gpg --homedir '\(key.home)' --verify '\(signature)' '\(file)' 2>&1")
    #expect(verified.output.contains("Good signature"))
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: fixture.path("out").string).sorted()
        == ["image", "image.asc"])
  }

  /// Verification accepts one form only, so the armor of other programs is written again.
  @Test(arguments: [
    "sed -i 's/$/\\r/' \"$1.asc\"", "sed -i '1a Comment: by the service' \"$1.asc\"",
    "sed -i '/^=/d' \"$1.asc\"", "echo >>\"$1.asc\"", "sed -i 's/$/  /' \"$1.asc\"",
  ])
  func theArmorMayBeThatOfAnotherProgram(change: String) async throws {
    try await sign("\(gpg()); \(change)")
    let text = try String(contentsOfFile: signature.string, encoding: .utf8)
    #expect(ArmoredSignature.packet(in: text) != nil)
  }

  @Test func itGetsNoSettingsAndNoInput() async throws {
    let lines = LineCollector()
    try await sign("env; cat; \(gpg())") { lines.append($0) }
    let allowed = ["PATH", "LANG", "HOME", "EIB_SYSCONFDIR", "PWD", "SHLVL", "_"]
    let names = lines.text.split(separator: "\n").compactMap { $0.split(separator: "=").first }
      .map(String.init).filter { !$0.lowercased().hasSuffix("_proxy") && !$0.hasPrefix("gpg:") }
    #expect(Set(names).isSubset(of: allowed), "\(names)")
    #expect(lines.text.contains("EIB_SYSCONFDIR=\(fixture.path("etc"))"))
  }

  @Test func aCommandThatFailsIsShownWithItsLastLines() async throws {
    let text = try await refusal("echo 'quota exceeded' >&2; exit 3")
    #expect(text.contains("image:signing_command did not sign image: "))
    #expect(text.contains("ended with status 3; its last lines:\n    quota exceeded"))
  }

  @Test func aServiceThatHangsIsEnded() async throws {
    let text = try await refusal("sleep 600", limit: "1s")
    #expect(text.contains("it was ended after 1s, the limit of image:signing_timeout"))
  }

  @Test(arguments: [
    ("true", "image.asc cannot be read: No such file"),
    ("ln -s /etc/hostname \"$1.asc\"", "image.asc cannot be read: Too many levels"),
    ("mkfifo \"$1.asc\"", "it is a named pipe, not a regular file"),
    ("head -c 200000 /dev/zero >\"$1.asc\"", "it has more than the 65536 bytes"),
    ("echo >\"$1.asc\"", "image.asc is not one armored OpenPGP signature"),
    ("GPG; cat \"$1.asc\" \"$1.asc\" >\"$1.2\"; mv \"$1.2\" \"$1.asc\"", "is not one armored"),
    ("GPG; echo text >\"$1.2\"; cat \"$1.asc\" >>\"$1.2\"; mv \"$1.2\" \"$1.asc\"", "is not one"),
    ("echo other >\"$1.2\"; set -- \"$1.2\"; GPG; mv \"$1.asc\" \"${1%.2}.asc\"", "Bad signature"),
    ("echo more >>\"$1\"; GPG", "it changed the file"),
    ("cp \"$1\" \"$1.2\"; mv \"$1.2\" \"$1\"; GPG", "it changed the file"),
  ])
  func whatIsNoSignatureOfTheFileIsRefused(script: String, reason: String) async throws {
    let text = try await refusal(script.replacingOccurrences(of: "GPG", with: gpg()))
    #expect(text.contains(reason), "\(text)")
  }

  @Test func aKeyThatIsNotListedIsRefused() async throws {
    let stranger = try SigningFixture(fixture, name: "stranger")
    let text = try await refusal(gpg(key: stranger))
    #expect(text.contains("No public key; expected a signature by \(key.fingerprint)"), "\(text)")
    #expect(text.contains("image:signing_public_keys must list"))
  }
}
