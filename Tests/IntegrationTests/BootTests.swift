import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// Product `eos` with personality `en`: built from the embedded Debian tree, booted in QEMU and
/// examined from inside.
@Suite(.serialized) struct BootTests {
  private static let diskSizeInBytes = 4 << 30

  private static let build = Result {
    // The boot report shows that the kernel gets these arguments.
    try DefaultImage(
      moreImageSettings: #"kernel_args_add = ds=a;s=b $$c|d "foo=e  f" foo=1 rw"#,
      signsOutputs: true)
  }

  /// The text of the console and the screen at the end are beside the image, and no part of what is signed.
  @Test func theDefaultImageIsPublishedWithItsConsoleAndScreen() throws {
    let image = try Self.build.get()
    #expect(Set(image.record.machines.map(\.firmware)) == Set(Firmware.allCases))
    #expect(image.record.machines.allSatisfy { $0.result == .passed && $0.evidence == .report })
    #expect(image.record.skipped == nil)
    let checksums = try FileAccess.text(of: image.published.appending("SHA256SUMS"))
    for firmware in Firmware.allCases {
      let files = try GateFiles(in: image.published, firmware)
      #expect(files.showsScreen)
      #expect(files.console.contains("Linux version "))
      #expect(!files.console.contains("\u{1B}"))
    }
    #expect(!checksums.contains("console") && !checksums.contains("screen"))
    let fixture = try Fixture()
    let key = fixture.path("key.asc")
    try Shell.run("gpg --homedir '\(image.sysconfdir)/gnupg' --armor --export >'\(key)'")
    let verification = try Shell.start(
      BuiltProgram.path.string,
      ["--verify", image.published.string, "--sysconfdir", "/", "--key", key.string])
    #expect(verification.status == 0, "\(verification.errors)")
  }

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
    // The system is up, without failed units. The state "starting" ends with the last job.
    let state = try await machine.run("systemctl is-system-running --wait")
    let failed = try await answer("systemctl --failed --no-legend --plain")
    #expect(failed == "" && state.output.contains("running"), "\(state.output) \(failed)")

    let uefi = try await machine.run("test -d /sys/firmware/efi")
    #expect((uefi.status == 0) == (firmware == .uefi))

    // The deployed commit is that of the manifest.
    let status = try await answer("ostree admin status")
    #expect(status.contains("eos \(image.commit).0"), "\(status)")
    #expect(status.contains("origin refspec: eos:os/eos/amd64/master"), "\(status)")

    // The language, time zone and keyboard layout of the personality.
    #expect(try await answer("cat /etc/locale.conf").contains("LANG=en_US.utf8"))
    #expect(try await answer("localectl status").contains("X11 Layout: us"))
    #expect(try await answer("locale -a").contains("en_US.utf8"))
    #expect(try await answer("readlink /etc/localtime").hasSuffix("zoneinfo/America/New_York"))

    // Saved console settings are regenerated at each boot unless they are newer than their source.
    let isSaved = try await machine.run(
      "test /etc/console-setup/cached_setup_terminal.sh -nt /etc/default/keyboard")
    #expect(isSaved.status == 0)

    // The root partition has grown to the size of the disk.
    let size = try await answer(
      "findmnt --bytes -no SIZE /sysroot || df -B1 --output=size /sysroot")
    let sizeInBytes = try #require(Int(size.split(whereSeparator: \.isWhitespace).last ?? ""))
    #expect(sizeInBytes > Self.diskSizeInBytes * 8 / 10, "\(size)")

    // Kernel arguments, remotes, and what an image must not contain.
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

/// The default image as a new user builds it, with a user account to log in with.
///
/// It stays in `.build` with the console texts, for inspection.
struct DefaultImage: Sendable {
  static let user = "tester"
  static let password = "a test password"
  /// Downloads and the composed tree are kept for the next run.
  static let cache = Checkout.directory.appending(".build/integration-cache")

  private let directory: FilePath
  /// SYSCONFDIR, with the signing key.
  var sysconfdir: FilePath { directory.appending("etc") }
  /// The directory with the published files.
  let published: FilePath
  let name: String
  let raw: FilePath
  /// The commit in the manifest.
  let commit: String
  /// The record of the boots before publishing.
  let record: BootRecord
  private let product: String

  @discardableResult
  private static func build(
    in directory: FilePath, _ more: [String] = [], product: String = "eos"
  ) throws -> Outcome {
    let outcome = try Shell.start(
      Checkout.directory.appending("image-builder").string,
      [
        "--product", product, "--personality", "en",
        "--configdir", directory.appending("config").string,
        "--sysconfdir", directory.appending("etc").string,
        "--cachedir", Self.cache.string, "master",
      ] + more)
    guard outcome.status == 0 else {
      throw ShellFailure(command: "image-builder --product \(product)", outcome: outcome)
    }
    return outcome
  }

  /// Makes the tree again, without an image, and returns its commit.
  func makeTreeAgain() throws -> String {
    try Self.build(in: directory, ["--stages", "ostree"], product: product)
    return try Shell.run(
      "ostree --repo='\(Self.cache)/tree/repo-amd64' rev-parse os/\(product)/amd64/master"
    ).lines[0]
  }

  private static func build(in directory: FilePath, pulling repository: FilePath) throws {
    try "[ostree]\nurl = file://\(repository)\nhooks_del = 10-debian-tree\n".write(
      toFile: directory.appending("config/local.ini").string, atomically: false, encoding: .utf8)
    try build(in: directory, ["--no-boot-test"])
  }

  /// Builds and publishes the variant again, from another repository, without a boot.
  func publishAgain(pulling repository: FilePath) throws {
    try Self.build(in: directory, pulling: repository)
  }

  /// - Parameters:
  ///   - folder: the folder in `.build` for the image.
  ///   - morePublishSettings: additional lines of the section `[publish]`.
  ///   - moreImageSettings: additional lines of the section `[image]`.
  ///   - moreBootTestSettings: additional lines of the section `[boot_test]`, or further sections.
  ///   - signsOutputs: whether a new key signs the outputs.
  ///   - awsCredentials: the content of SYSCONFDIR/aws-credentials.
  ///   - makeTree: makes a repository with another tree from the composed one. This image is not
  ///     booted before it is published.
  ///   - imageOfTree: the OCI image that is the tree in place of the composed one.
  ///   - layers: the files of the layers of which the last one is the tree.
  init(
    in folder: String = "boot-test", morePublishSettings: String = "",
    moreImageSettings: String = "",
    moreBootTestSettings: String = "", signsOutputs: Bool = false, awsCredentials: String? = nil,
    makeTree: (() throws -> FilePath)? = nil, imageOfTree: String? = nil,
    layers: [FilePath] = []
  ) throws {
    product = imageOfTree != nil ? "oci" : layers.isEmpty ? "eos" : "layers"
    directory = Checkout.directory.appending(".build/\(folder)")
    raw = directory.appending("image.raw")
    let system = directory.appending("etc")
    try Shell.run("rm -rf '\(directory)'; mkdir -p '\(system)'")
    let config = directory.appending("config")
    try Checkout.copyConfiguration(to: config)
    if let imageOfTree {
      try Shell.run(
        """
        cd '\(config)/product'
        sed 's|^image = .*|image = \(imageOfTree)\ntls_verify = false|' oci.ini.example >oci.ini
        """)
    }
    if !layers.isEmpty {
      try Shell.run(
        """
        cd '\(config)/product'; cp layers.ini.example layers.ini
        printf '[layers]\\nfiles_del = layers/base.yaml layers/site.yaml\\n' >../local.ini
        printf 'files_add = %s\\n' '\(layers.map(\.string).joined(separator: " "))' >>../local.ini
        """)
    }
    let hash = try Shell.run("openssl passwd -6 '\(Self.password)' | sed 's/[$]/$$/g'").lines[0]
    let settings = """
      [publish]
      directory = \(directory)/published
      \(morePublishSettings)
      [login]
      user = \(Self.user)
      password_hash = \(hash)
      [image]
      \(moreImageSettings)
      signing_keyid = \(signsOutputs ? try Self.makeSigningKey(in: system) : "")
      [boot_test]
      timeout = 15m
      \(moreBootTestSettings)
      """
    try settings.write(
      toFile: system.appending("config.ini").string, atomically: false, encoding: .utf8)
    if let awsCredentials {
      try awsCredentials.write(
        toFile: system.appending("aws-credentials").string, atomically: false, encoding: .utf8)
      try Shell.run("chmod 600 '\(system)/aws-credentials'")
    }
    if let makeTree {
      try Self.build(in: directory, ["--stages", "ostree"])
      try Self.build(in: directory, pulling: makeTree())
    } else {
      try Self.build(in: directory, product: product)
      // In the second build, the tree is up to date.
      let again = try Self.build(in: directory, ["--stages", "ostree"], product: product)
      try #require(again.errors.contains("os/\(product)/amd64/master is fresh"), "\(again.errors)")
    }
    let versions = "'\(directory)/published'/\(product)/*/*/*/*/*"
    published = FilePath(try Shell.run("ls -d \(versions)").lines[0])
    name = published.lastComponent!.string
    try Shell.run("zstd -qdc --sparse '\(published)/\(name).img.zst' > '\(raw)'")
    record = try #require(BootRecord(in: published.appending("\(name).check.json")))
    let file = published.appending("\(name).manifest.json")
    let text = try Data(contentsOf: URL(fileURLWithPath: file.string))
    let manifest = try JSONSerialization.jsonObject(with: text) as? [String: Any]
    let ostree = try #require(manifest?["ostree"] as? [String: Any])
    commit = try #require(ostree["commit"] as? String)
  }

  /// - Returns: the fingerprint of the key.
  private static func makeSigningKey(in system: FilePath) throws -> String {
    let fixture = try Fixture()
    let key = try SigningFixture(fixture)
    try Shell.run("cp -a '\(key.home)' '\(system)/gnupg'")
    return key.fingerprint
  }

  /// Returns the path of a published file, by the part of its name after the version.
  func file(_ fileExtension: String) -> FilePath {
    published.appending("\(name).\(fileExtension)")
  }

  /// Returns the path for the console text of a boot.
  func transcript(_ firmware: String) -> FilePath {
    directory.appending("console-\(firmware).txt")
  }
}
