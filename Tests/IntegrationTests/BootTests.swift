import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// The main job: `eos`, personality `en`, built by the program from the embedded Debian tree, booted
/// in QEMU and looked at from inside.
@Suite(.serialized) struct BootTests {
  private static let diskSizeInBytes = 4 << 30

  /// One build serves both boots.
  private static let build = Result { try DefaultImage() }

  @Test(arguments: Firmware.allCases)
  func theDefaultImageBootsToALogin(firmware: Firmware) async throws {
    let image = try Self.build.get()
    let boot = try #require(image.record.machines.first { $0.firmware == firmware })
    #expect(boot.result == .passed)
    let hardware = try MachineHardware(
      image: image.raw, firmware: firmware, acceleration: boot.acceleration,
      diskSizeInBytes: Self.diskSizeInBytes)
    let machine = try DrivenMachine(hardware, transcript: image.transcript(firmware.rawValue))
    try await machine.login(user: DefaultImage.user, password: DefaultImage.password)
    func answer(_ command: String) async throws -> String {
      let (output, status) = try await machine.run(command)
      #expect(status == 0, "\(command): \(output)")
      return output.trimmingCharacters(in: .whitespacesAndNewlines)
    }
    // Up, with nothing failed. "starting" ends when the last job has.
    let state = try await machine.run("systemctl is-system-running --wait")
    let failed = try await answer("systemctl --failed --no-legend --plain")
    #expect(failed == "" && state.output.contains("running"), "\(state.output) \(failed)")

    let uefi = try await machine.run("test -d /sys/firmware/efi")
    #expect((uefi.status == 0) == (firmware == .uefi))

    // The deployed commit is the manifest's.
    let status = try await answer("ostree admin status")
    #expect(status.contains("eos \(image.commit).0"), "\(status)")
    #expect(status.contains("origin refspec: eos:os/eos/amd64/master"), "\(status)")

    // The personality's language, time zone and keyboard.
    #expect(try await answer("cat /etc/locale.conf").contains("LANG=en_US.utf8"))
    #expect(try await answer("localectl status").contains("X11 Layout: us"))
    #expect(try await answer("locale -a").contains("en_US.utf8"))
    #expect(try await answer("readlink /etc/localtime").hasSuffix("zoneinfo/America/New_York"))

    // Saved console settings that are no newer than their source are made anew at every boot.
    let isSaved = try await machine.run(
      "test /etc/console-setup/cached_setup_terminal.sh -nt /etc/default/keyboard")
    #expect(isSaved.status == 0)

    // The root partition has grown to the disk.
    let size = try await answer(
      "findmnt --bytes -no SIZE /sysroot || df -B1 --output=size /sysroot")
    let sizeInBytes = try #require(Int(size.split(whereSeparator: \.isWhitespace).last ?? ""))
    #expect(sizeInBytes > Self.diskSizeInBytes * 8 / 10, "\(size)")

    // Kernel arguments, remotes and what must not be in an image.
    let arguments = try await answer("cat /proc/cmdline").split(separator: " ").map(String.init)
    for argument in [
      "root=LABEL=ostree", "rw", "systemd.firstboot=no", "console=tty0", "console=ttyS0,115200",
    ] {
      #expect(arguments.contains(argument), "\(arguments)")
    }
    #expect(!arguments.contains("quiet"))
    #expect(try await answer("ostree remote list") == "")
    let upgrade = try await machine.run("sudo -n true; ostree admin upgrade 2>&1")
    #expect(upgrade.status != 0)
    #expect(try await answer("grep unconfigured-state /ostree/deploy/eos/deploy/*.origin") != "")
    #expect(try await answer("hostname") != "")
    let user = try await answer("id -nG")
    #expect(user.split(separator: " ").contains("sudo"))
  }
}

/// The default image as a newcomer builds it, with a user to log in as.
///
/// It stays in `.build`, with the texts of the consoles, for people to look at.
struct DefaultImage: Sendable {
  static let user = "tester"
  static let password = "a test password"
  /// What was downloaded and composed serves the next run too.
  static let cache = Checkout.directory.appending(".build/integration-cache")

  private let directory: FilePath
  let name: String
  let raw: FilePath
  /// The manifest's commit.
  let commit: String
  /// What the boots before publishing were like.
  let record: BootRecord

  /// - Parameters:
  ///   - folder: where in `.build` it stays.
  ///   - moreImageSettings: further lines of the section `[image]`.
  ///   - moreBootTestSettings: further lines of the section `[boot_test]`, or sections behind it.
  init(
    in folder: String = "boot-test", moreImageSettings: String = "",
    moreBootTestSettings: String = ""
  ) throws {
    directory = Checkout.directory.appending(".build/\(folder)")
    raw = directory.appending("image.raw")
    let system = directory.appending("etc")
    try Shell.run("rm -rf '\(directory)'; mkdir -p '\(system)'")
    let config = directory.appending("config")
    try Checkout.copyConfiguration(to: config)
    let hash = try Shell.run("openssl passwd -6 '\(Self.password)' | sed 's/[$]/$$/g'").lines[0]
    let settings = """
      [publish]
      directory = \(directory)/published
      [image]
      user = \(Self.user)
      user_password_hash = \(hash)
      \(moreImageSettings)
      [boot_test]
      timeout = 15m
      \(moreBootTestSettings)
      """
    try settings.write(
      toFile: system.appending("config.ini").string, atomically: false, encoding: .utf8)
    func build(_ more: [String]) throws -> Outcome {
      let outcome = try Shell.start(
        Checkout.directory.appending("image-builder").string,
        [
          "--product", "eos", "--personality", "en", "--configdir", config.string,
          "--sysconfdir", system.string,
          "--cachedir", Self.cache.string, "master",
        ] + more)
      guard outcome.status == 0 else {
        throw ShellFailure(command: "image-builder --product eos", outcome: outcome)
      }
      return outcome
    }
    _ = try build([])
    // The second time the tree is fresh.
    let again = try build(["--stages", "ostree"])
    try #require(again.errors.contains("os/eos/amd64/master is fresh"), "\(again.errors)")
    let published = FilePath(try Shell.run("ls -d '\(directory)/published'/*").lines[0])
    name = published.lastComponent!.string
    try Shell.run("zstd -qdc --sparse '\(published)'/*.img.zst > '\(raw)'")
    record = try #require(BootRecord(in: published.appending("\(name).check.json")))
    let file = published.appending("\(name).manifest.json")
    let text = try Data(contentsOf: URL(fileURLWithPath: file.string))
    let manifest = try JSONSerialization.jsonObject(with: text) as? [String: Any]
    let ostree = try #require(manifest?["ostree"] as? [String: Any])
    commit = try #require(ostree["commit"] as? String)
  }

  /// Where the console's text of a boot goes.
  func transcript(_ firmware: String) -> FilePath {
    directory.appending("console-\(firmware).txt")
  }
}
