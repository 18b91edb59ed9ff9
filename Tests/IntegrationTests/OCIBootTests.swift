import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// A system whose tree is an image of a registry: built, booted in QEMU, and updated when the registry
/// has another image.
@Suite(.serialized) struct OCIBootTests {
  @Test func anImageOfDebianPackagesBootsAndIsUpdated() async throws {
    let fixture = try Fixture()
    let images = OCIImages(fixture)
    let registry = try RegistryServer()
    let name = "team/os:12"
    let root = try Self.makeDebian(in: fixture)
    try images.add(
      "1", layers: [root], ["--label", "org.opencontainers.image.version=1.0"])
    try images.push("1", to: registry, as: name)

    let repository = DefaultImage.cache.appending("tree/repo-amd64")
    try Shell.run("mkdir -p '\(repository)'")
    let server = try HTTPServer(repository)
    let port = try #require(server.url.split(separator: ":").last)
    let image = try DefaultImage(
      in: "oci-test",
      moreImageSettings: "extra_space = 1G",
      moreBootTestSettings: """
        firmware = uefi
        [ostree]
        deploy_url = http://10.0.2.2:\(port)
        """,
      imageOfTree: "\(registry.host)/\(name)")
    let old = PublishedUpdate.Tree(commit: image.commit, version: "1.0", name: "Test OS")

    let change = try fixture.makeDirectory("change")
    try Shell.run(
      """
      cd '\(change)'; mkdir -p usr/lib usr/share opt/ohpc var/lib/second
      echo new >usr/share/update-test; echo 2 >opt/ohpc/version; echo second >var/lib/second/file
      sed 's/1[.]0"/2.0"/' '\(root)/usr/lib/os-release' >usr/lib/os-release
      """)
    try images.add(
      "2", layers: [root, change], ["--label", "org.opencontainers.image.version=2.0"])
    try images.push("2", to: registry, as: name)
    let new = PublishedUpdate.Tree(
      commit: try image.makeTreeAgain(), version: "2.0", name: "Test OS")
    try #require(new.commit != old.commit)

    let boot = try #require(image.record.machines.first)
    let hardware = try MachineHardware(
      image: image.raw, firmware: .uefi, acceleration: boot.acceleration, hasNetwork: true,
      diskSizeInBytes: 4 << 30)
    let system = try UpdatedSystem(hardware, image: image)
    try await system.expectBoot(old, first: old)
    #expect(try await system.rootRuns("cat /opt/ohpc/version /usr/local/share/site") == "1\nlocal")
    #expect(
      try await system.rootRuns("stat -c '%a %u:%g' /var/lib/site/state; cat /var/lib/site/state")
        == "640 7:8\nstate")
    #expect(
      try await system.rootRuns("stat -c %i /usr/bin/capable /usr/bin/also-capable | uniq | wc -l")
        == "1")
    #expect(
      try await system.rootRuns("/usr/sbin/getcap /usr/bin/capable")
        == "/usr/bin/capable cap_net_raw=ep")
    try await system.rootRuns("echo edited > /etc/update-test; echo kept > /var/lib/site/state")
    try await system.rootRuns("ostree admin upgrade")
    try await system.expectDefault(new)

    try await system.reboot()
    try await system.expectBoot(new, first: new)
    #expect(
      try await system.rootRuns(
        "cat /usr/share/update-test /opt/ohpc/version /var/lib/second/file /var/lib/site/state "
          + "/etc/update-test") == "new\n2\nsecond\nkept\nedited")
    try await system.powerOff()
  }

  /// Installs Debian's packages into a directory, as an image for a registry has them: without anything that
  /// the builder puts into a tree.
  private static func makeDebian(in fixture: Fixture) throws -> FilePath {
    // Beside the cache, which gets hard links to the packages.
    let root = Checkout.directory.appending(".build/oci-debian")
    fixture.atEnd { _ = try? Shell.run("rm -rf '\(root)'") }
    try Shell.run(
      """
      root='\(root)'; rm -rf "$root"; export EIB_TREE_DIR='\(DefaultImage.cache)/tree'; mkdir -p "$EIB_TREE_DIR"
      cd '\(Checkout.directory)/helpers/debian-tree'
      ./apt-sources >'\(fixture.path("debian.sources"))'
      unshare --mount --propagation private ./compose "$root" '\(fixture.path("debian.sources"))' 2>&1
      cd "$root"; umask 022
      echo 'en_US.UTF-8 UTF-8' >etc/locale.gen; chroot . locale-gen
      printf '[Match]\\nType=ether\\n[Network]\\nDHCP=yes\\n' >usr/lib/systemd/network/80-ethernet.network
      ln -sfT ../run/systemd/resolve/stub-resolv.conf etc/resolv.conf
      chroot . systemctl enable systemd-networkd systemd-resolved; chroot . systemctl disable ssh
      rm -f etc/ssh/ssh_host_*_key* var/lib/dbus/machine-id; : >etc/machine-id
      sed -i '/^\\(NAME\\|VERSION\\|PRETTY_NAME\\)=/d' usr/lib/os-release
      printf 'NAME="Test OS"\\nVERSION="1.0"\\nPRETTY_NAME="Test OS 1.0"\\n' >>usr/lib/os-release
      mkdir -p opt/ohpc var/lib/site; echo 1 >opt/ohpc/version; echo local >usr/local/share/site
      echo state >var/lib/site/state; chmod 640 var/lib/site/state; chown 7:8 var/lib/site/state
      cp usr/bin/true usr/bin/capable; setcap cap_net_raw+ep usr/bin/capable
      ln usr/bin/capable usr/bin/also-capable
      """,
      environment: [
        "EIB_ARCH": "amd64", "EIB_TREE_SUITE": "bookworm", "LC_ALL": "C.UTF-8",
        "EIB_TREE_PACKAGES": "libcap2-bin sudo",
      ])
    return root
  }
}
