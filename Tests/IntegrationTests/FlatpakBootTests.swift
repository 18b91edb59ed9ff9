import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// The embedded tree with Flatpaks, booted in QEMU: what is installed, a run, an update from the
/// address of the installed system.
@Suite(.serialized) struct FlatpakBootTests {
  @Test func applicationsRunAndAreUpdated() async throws {
    let fixture = try Fixture()
    let remote = try FlatpakTestRemote(fixture)
    try remote.publish("Hello", "--program=\(program(fixture, "first"))")
    let address = remote.url.replacingOccurrences(of: "127.0.0.1", with: "10.0.2.2")
    let image = try DefaultImage(
      in: "flatpak-test",
      moreImageSettings: "extra_space = 1G\nfirmware = uefi",
      moreBootTestSettings: """
        [tree]
        dir = \(DefaultImage.cache)/tree-flatpak
        packages_add = flatpak
        [flatpak]
        locales_add = fr
        [flatpak-remote-example]
        repo_file = \(remote.repositoryFile)
        deploy_url = \(address)
        apps_add = org.example.Hello
        """)
    let boot = try #require(image.record.machines.first)
    let hardware = try MachineHardware(
      image: image.raw, firmware: .uefi, acceleration: boot.acceleration, hasNetwork: true,
      diskSizeInBytes: 4 << 30)
    let machine = try DrivenMachine(hardware, transcript: image.transcript("flatpak"))
    try await machine.login(
      user: DefaultImage.user, password: DefaultImage.password, timeout: .seconds(1200))
    func answer(_ command: String) async throws -> String {
      let (output, status) = try await machine.run(command, timeout: .seconds(600))
      #expect(status == 0, "\(command): \(output)")
      return output.trimmingCharacters(in: .whitespacesAndNewlines)
    }
    let listed = try await answer("flatpak list --all --columns=ref,active | tail -n +1")
      .split(separator: "\n").map { $0.split(whereSeparator: \.isWhitespace) }
      .filter { $0.count == 2 }
    #expect(Set(listed.map { String($0[0]) }) == Set(try refs(in: image)))
    #expect(try await answer("flatpak run org.example.Hello") == "first")
    let locales = try await answer("flatpak list --all --columns=ref,options")
    #expect(locales.contains("partial (/en /fr)"), "\(locales)")

    try remote.publish(
      "Hello", "--program=\(program(fixture, "second"))", at: "2024-07-01T00:00:00Z")
    _ = try await answer(
      "echo '\(DefaultImage.password)' | sudo -S -p '' flatpak update -y --noninteractive")
    #expect(try await answer("flatpak run org.example.Hello") == "second")
  }

  /// A program that prints a word and needs no libraries.
  private func program(_ fixture: Fixture, _ word: String) throws -> FilePath {
    let source = try fixture.write(
      "\(word).c", "#include <stdio.h>\nint main(void) { puts(\"\(word)\"); return 0; }\n")
    let program = fixture.path(word)
    try Shell.run("gcc -static -o '\(program)' '\(source)'")
    return program
  }

  private func refs(in image: DefaultImage) throws -> [String] {
    let text = try Data(contentsOf: URL(fileURLWithPath: image.file("manifest.json").string))
    let manifest = try JSONSerialization.jsonObject(with: text) as? [String: Any]
    let flatpak = try #require(manifest?["flatpak"] as? [String: [String: Any]])
    return ["apps", "runtimes"].flatMap { flatpak[$0].map { Array($0.keys) } ?? [] }
  }
}
