import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// Images for arm64 from the embedded tree. On a host of another architecture, all programs of the
/// tree are emulated. One tree serves all platforms, because composing one takes minutes.
@Suite(.serialized) struct ARM64Tests {
  /// The boot of a Raspberry Pi by translated instructions takes about two minutes.
  private static let bootTimeoutInSeconds = 1200

  private let site: ARM64Site

  init() throws {
    site = try ARM64Site()
  }

  @Test func theImageBoots() throws {
    let outcome = try site.build(platform: "arm64")
    try #require(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("boot test (uefi): up in "), "\(outcome.errors)")
    let console = try site.published("arm64", "*.console-uefi.txt")
    #expect(try FileAccess.text(of: console).contains("console=tty0 console=ttyAMA0,115200"))
  }

  @Test func aRaspberryPiHasTheFilesOfThePackagesAndBoots() throws {
    let image = try site.rawImage(platform: "rpi")
    let packages = try site.packages
    let outcome = try Shell.run(
      """
      cd '\(site.fixture.directory)'
      export MTOOLS_SKIP_CHECK=1
      mkdir copy
      mcopy -s -n -i '\(image)'@@1M :: copy
      cd copy
      cmp kernel8.img '\(packages)'/usr/lib/u-boot/rpi_arm64/u-boot.bin
      for file in '\(packages)'/usr/lib/raspi-firmware/* \
        '\(packages)'/usr/lib/linux-image-*/broadcom/bcm2*-rpi-*.dtb; do
        cmp "$file" "${file##*/}"
        rm "${file##*/}"
      done
      find . -type f -printf '%P\\n' | sort
      """)
    #expect(outcome.lines == ["EFI/BOOT/BOOTAA64.EFI", "config.txt", "kernel8.img"])
    try boot(image, packages)
  }

  @Test func aPinebookProHasTheLoaderOfThePackage() throws {
    let image = try site.rawImage(platform: "pinebookpro")
    try Shell.run(
      """
      cd '\(site.packages)'/usr/lib/u-boot/pinebook-pro-rk3399
      for loader in idbloader.img:64 u-boot.itb:16384; do
        file=${loader%:*}
        cmp --bytes "$(stat -c %s $file)" $file '\(image)' 0 $((${loader#*:} * 512))
      done
      sfdisk --verify '\(image)'
      sfdisk --dump '\(image)' | grep 'start= *32768,.*type=ef'
      """)
  }

  /// QEMU has no GPU firmware, so it starts U-Boot itself. With `-icount`, the clock of the machine
  /// counts its instructions, so nothing in it runs into a time limit on a busy host.
  private func boot(_ image: FilePath, _ packages: FilePath) throws {
    let console = Checkout.directory.appending(".build/console-raspberry-pi-3.txt")
    let outcome = try Shell.run(
      """
      lib='\(packages)/usr/lib'
      rm -f '\(console)'
      truncate --size 4G '\(image)'
      qemu-system-aarch64 -machine raspi3b -icount shift=3,sleep=off -display none \
        -serial null -serial file:'\(console)' -kernel "$lib"/u-boot/rpi_arm64/u-boot.bin \
        -dtb "$lib"/linux-image-*/broadcom/bcm2837-rpi-3-b.dtb \
        -drive file='\(image)',if=sd,format=raw,snapshot=on &
      machine=$!
      trap 'kill -KILL $machine' EXIT
      for second in {1..\(Self.bootTimeoutInSeconds)}; do
        kill -0 $machine
        ! grep -q ' login: ' '\(console)' || break
        sleep 1
      done
      tr -d '\\000' < '\(console)'
      """
    ).output
    for line in [
      "Found EFI removable media binary efi/boot/bootaa64.efi",
      "Machine model: Raspberry Pi 3 Model B", "console=tty0 console=ttyS1,115200", " login: ",
    ] {
      #expect(outcome.contains(line), "\(outcome.suffix(4000))")
    }
  }
}

/// A site that builds product `eos` for the platforms of arm64.
private final class ARM64Site {
  let fixture: Fixture
  /// The cache is shared with other tests, for its downloads and its composed trees.
  private let cache = Checkout.directory.appending(".build/integration-cache")

  init() throws {
    fixture = try Fixture()
    try Checkout.copyConfiguration(to: fixture.path("config"))
    try fixture.write(
      "etc/config.ini",
      """
      [ostree]
      ref = os/eos/arm64/master
      [tree]
      components = main non-free-firmware
      packages_add = raspi-firmware u-boot-rpi u-boot-rockchip
      [image]
      extra_space = 256M
      [boot_test]
      timeout = 30m
      [publish]
      directory = \(fixture.path("published"))
      """)
  }

  func build(platform: String, _ more: [String] = []) throws -> Outcome {
    try Shell.start(
      BuiltProgram.path.string,
      [
        "--product", "eos", "--arch", "arm64", "--platform", platform,
        "--configdir", fixture.path("config").string,
        "--sysconfdir", fixture.path("etc").string, "--cachedir", cache.string, "master",
      ] + more)
  }

  /// The path of the published file whose name matches a pattern.
  func published(_ platform: String, _ pattern: String) throws -> FilePath {
    FilePath(
      try Shell.run("ls '\(fixture.path("published"))'/eos/*/arm64/\(platform)/*/*/\(pattern)")
        .lines[0])
  }

  /// Builds an image without booting it, and unpacks it.
  func rawImage(platform: String) throws -> FilePath {
    let outcome = try build(platform: platform, ["--no-boot-test"])
    try #require(outcome.status == 0, "\(outcome.errors)")
    let raw = fixture.path("raw.img")
    try Shell.run("zstd -qd --sparse '\(published(platform, "*.img.zst"))' -o '\(raw)'")
    return raw
  }

  /// The directory into which the Debian packages that the tree was composed from are unpacked.
  var packages: FilePath {
    get throws {
      let directory = try fixture.makeDirectory("packages")
      try Shell.run(
        """
        cd '\(cache)'/tree/packages-arm64
        for name in raspi-firmware u-boot-rpi u-boot-rockchip linux-image-6; do
          dpkg-deb --extract "$(ls -t -- $name*.deb | head -n 1)" '\(directory)'
        done
        """)
      return directory
    }
  }
}
