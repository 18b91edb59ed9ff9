import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// Layers of Debian's packages that start: from the network, and as the tree of a disk image.
@Suite(.serialized) struct LayerBootTests {
  private let site: LayerSite

  init() throws {
    site = try LayerSite()
  }

  /// The objects that nodes are given: kernel, initramfs and SquashFS, by HTTP.
  @Test func aLayerStartsFromTheNetwork() async throws {
    try site.writeDebian(
      "node",
      packages: """
        linux-image-amd64, dracut, dracut-live, dracut-network, systemd-sysv, udev, dbus, kmod,
          iproute2, isc-dhcp-client, iputils-arping, procps, dmsetup, curl, login, passwd, mount
        """,
      """
      cmds:
        - echo root:secret | chpasswd
        - echo node >/etc/hostname
        - |
          cd /lib/modules && for version in *; do
            dracut --quiet --force --no-hostonly --reproducible --kver $version \
              --add 'dmsquash-live livenet network-legacy' \
              /boot/initramfs-$version.img
          done
      """)
    let store = try FaultProxy(before: "moto:boot-images", account: "ID:secret-of-the-store")
    let outcome = try site.start(
      [
        "--config", "node.yaml", "--publish-s3", store.url, "--s3-prefix", "nodes/",
        "--log-level", "INFO", "--json",
      ], environment: ["S3_ACCESS": "ID", "S3_SECRET": "secret-of-the-store"]
    ).wait()
    try #require(outcome.status == 0, "\(outcome.errors)")

    let directory = try site.fixture.makeDirectory("netboot")
    let answer = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
    let published = try #require((answer as? [String: Any])?["published"] as? [String])
    for (object, name) in zip(published, ["initramfs", "vmlinuz", "rootfs"]) {
      let python = """
        import boto3, sys
        client = boto3.client(
            "s3", endpoint_url=sys.argv[1], region_name="us-east-1", aws_access_key_id="ID",
            aws_secret_access_key="secret-of-the-store")
        client.download_file("boot-images", sys.argv[2], sys.argv[3])
        """
      let fetched = try Shell.start(
        Checkout.directory.appending(".build/test-python/bin/python3").string,
        [
          "-c", python, store.url, String(object.dropFirst("s3://boot-images/".count)),
          directory.appending(name).string,
        ])
      try #require(fetched.status == 0, "\(fetched.errors)")
    }
    let script = directory.appending("boot.ipxe")
    try """
    #!ipxe
    kernel vmlinuz initrd=initramfs root=live:http://10.0.2.100/rootfs ip=dhcp rd.neednet=1 \
    rd.live.image rd.live.overlay.overlayfs=1 console=ttyS0,115200
    initrd initramfs
    boot
    """.write(
      toFile: script.string, atomically: false, encoding: .utf8)
    let hardware = try MachineHardware(
      script: script, acceleration: .tcg)
    let machine = try DrivenMachine(
      hardware, transcript: Checkout.directory.appending(".build/layer-netboot.txt"))
    try await machine.login(user: "root", password: "secret")
    let root = try await machine.run("findmnt -no FSTYPE,SOURCE /; cat /etc/hostname; id -u")
    #expect(root.output.hasPrefix("overlay"), "\(root)")
    #expect(root.output.hasSuffix("node\n0\n"), "\(root)")
  }

  /// Packages in one layer, settings of a playbook in another, and the image of both boots.
  @Test func layersBecomeADiskImageThatBoots() throws {
    try site.writeDebian(
      "debian",
      packages: """
        linux-image-amd64, dracut, ostree, ostree-boot, systemd-sysv, udev, dbus, libpam-systemd,
          systemd-resolved, kmod, e2fsprogs, util-linux, mount, login, passwd, locales, sudo,
          grub-efi-amd64-bin, grub-pc-bin, tzdata, python3
        """,
      """
      cmds:
        - echo 'en_US.UTF-8 UTF-8' >/etc/locale.gen; locale-gen
        - systemctl enable systemd-networkd systemd-resolved
        - ': >/etc/machine-id; rm -f /var/lib/dbus/machine-id'
      """)
    try site.fixture.write(
      "playbooks/site.yaml",
      """
      - hosts: compute
        tasks:
          - {name: text, ansible.builtin.copy: {content: "by a playbook\\n", dest: /etc/motd}}
          - {name: data, ansible.builtin.file: {path: /opt/site/data, state: directory, owner: "7", mode: "0750"}}
      """)
    try site.fixture.write(
      "site.yaml",
      """
      options:
        layer_type: ansible
        name: site
        parent: debian
        groups: [compute]
        playbooks: playbooks/site.yaml
      """)
    // A build has a /var/tmp of its own.
    let files = Checkout.directory.appending(".build/layer-files")
    try Shell.run(
      """
      rm -rf '\(files)'; mkdir '\(files)'; cd '\(site.fixture.directory)'
      cp -a debian.yaml site.yaml playbooks '\(files)'
      """)
    let image = try DefaultImage(
      in: "layer-test", moreBootTestSettings: "firmware = bios",
      layers: ["debian", "site"].map { files.appending("\($0).yaml") })
    let boot = try #require(image.record.machines.first)
    #expect(boot.result == .passed && boot.evidence == .report)
    let data = try Data(contentsOf: URL(fileURLWithPath: image.file("manifest.json").string))
    let manifest = try JSONSerialization.jsonObject(with: data) as? [String: Any]
    let layers = (manifest?["oci"] as? [String: Any])?["layers"] as? [[String: Any]]
    #expect(
      layers?.compactMap { $0["name"] as? String } == [
        "localhost/debian:latest", "localhost/site:latest",
      ])
    let packages = manifest?["packages"] as? [String: String]
    #expect(packages?["python3"] != nil && packages?["ostree-boot"] != nil)
  }
}
