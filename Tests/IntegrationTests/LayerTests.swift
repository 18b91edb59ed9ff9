import Foundation
import SystemPackage
import TestSupport
import Testing

/// Layers of packages: real package managers, repositories, buildah, a registry and an object store.
@Suite(.serialized) struct LayerTests {
  private let site: LayerSite

  init() throws {
    site = try LayerSite()
  }

  /// The same inputs give the same bytes: at once, by another build, and in another store.
  @Test func aBaseLayerIsTheSameAgain() throws {
    try site.writeBase()
    let first = try site.start(["--config", "base.yaml", "--log-level", "INFO"]).wait()
    try #require(first.status == 0, "\(first.errors)")
    #expect(first.errors.contains("%post(grumpy-1-1.x86_64) scriptlet failed"))
    let digest = first.output
    #expect(digest.hasPrefix("localhost/rocky-base:8.10 sha256:"))
    try site.expectNothingLeft()

    let content = try site.look(
      "rocky-base:8.10",
      """
      cat etc/id; stat -c '%a %u' usr/bin/powerful; getcap usr/bin/raw; ls usr/share
      find dev proc sys run var/cache -type f -o -type c | wc -l; ls etc/yum.repos.d
      rpm --dbpath $root/var/lib/rpm -qa | sort
      """)
    for line in [
      "uid=0(root) gid=0(root)", "4755 0", "usr/bin/raw cap_net_raw=ep", "grouped", "stream", "0",
      "first.repo", "powers-1-1.x86_64",
    ] {
      #expect(content.split(separator: "\n").contains { $0 == line }, "\(line) in \(content)")
    }
    #expect(!content.contains("unwanted"))

    let second = try site.start(["--config", "base.yaml"]).wait()
    #expect(second.output == digest && second.errors.contains("rocky-base is fresh"))
    let rebuilt = try site.start(["--config", "base.yaml", "--rebuild"]).wait()
    #expect(rebuilt.output == digest && !rebuilt.errors.contains("fresh"))
    try Shell.run("rm -rf '\(site.cache)'")
    #expect(try site.start(["--config", "base.yaml"]).wait().output == digest)

    let labels = try site.look(
      "rocky-base:8.10", "buildah inspect --format '{{.OCIv1.Config.Labels}}' $container")
    for label in [
      "maintainer:somebody", "org.openchami.image.packages:shell,powers,kernel,grumpy",
      "org.openchami.image.repositories:first,second", "org.openchami.image.build-date:2023-11-14T",
    ] {
      #expect(labels.contains(label), "\(labels)")
    }
    let list = try Shell.start(
      "\(Checkout.directory)/.build/release/image-builder",
      ["layer", "list", "--cachedir", site.cache.string])
    #expect(list.output.hasPrefix("localhost/rocky-base:8.10  2023-11-14T"), "\(list)")
  }

  /// Only what decides what the layer is makes another one: a mode does, a time does not.
  @Test func whatHasChangedIsBuiltAgainWithItsChildren() throws {
    try site.writeBase()
    let file = try site.fixture.write("file", "text")
    try site.fixture.write(
      "child.yaml",
      """
      options: {layer_type: base, name: child, parent: 'rocky-base:8.10', pkg_manager: dnf}
      copyfiles: [{src: file, dst: /etc/file, opts: '--chown=0:0'}]
      cmds:
        - cmd: 'cat /etc/file; test -d /proc/1; ls /dev'
      """)
    try site.build("base.yaml")
    let digest = try site.build("child.yaml")
    try Shell.run("touch -d 2001-01-01 '\(file)'")
    #expect(try site.build("child.yaml") == digest)
    chmod(file.string, 0o600)
    let changed = try site.build("child.yaml")
    #expect(changed != digest)
    try site.build("base.yaml", ["--cmds", "echo other >/etc/other"])
    let other = try site.start(["--config", "child.yaml"]).wait()
    #expect(other.status == 0 && other.errors.contains("building child"), "\(other)")
    let removed = try Shell.start(
      "\(Checkout.directory)/.build/release/image-builder",
      ["layer", "prune", "--yes", "--cachedir", site.cache.string])
    #expect(removed.status == 0 && removed.output.contains("removed sha256:"), "\(removed)")
    #expect(
      try site.build("child.yaml") == String(other.output.split(separator: " ")[1].dropLast()))
  }

  /// What is wrong is told before anything is done, and a failure leaves nothing.
  @Test func failuresAreToldAndLeaveNothing() throws {
    try site.writeBase()
    try site.expectFailure("base.yaml", ["--parent", "rocky-bse"], 65, "is not in the store")
    try site.expectFailure(
      "base.yaml", ["--packages", "none"], 2, "Unable to find a match: none")
    try site.expectFailure("base.yaml", ["--strict", "true"], 2, "scripts of packages have failed")
    try site.writeBase("wrong.yaml", "  - cmd: 'echo oops >&2; exit 3'\n")
    try site.expectFailure(
      "wrong.yaml", [], 2, "wrong.yaml:22: the command 'echo oops >&2; exit 3' ended with status 3")
    try Shell.run("cd '\(site.fixture.directory)'; sed -i 's/second.asc/first.asc/' base.yaml")
    try site.expectFailure("base.yaml", [], 2, "stream")
    try site.expectFailure(
      "base.yaml", ["--publish-registry", "127.0.0.1:1/x"], 2, "stream")
    try Shell.run("cd '\(site.fixture.directory)'; sed -i 's,/first$,/nowhere,' base.yaml")
    try site.expectFailure("base.yaml", [], 69, "/nowhere/repodata/repomd.xml")
  }

  /// A layer that was killed at any time leaves no mount or process; the next one removes its container.
  @Test func aKilledLayerLeavesNothing() throws {
    try site.writeBase()
    try site.writeBase("slow.yaml", "  - 'sleep 1000'\n")
    let digest = try site.build("base.yaml")
    for (signal, delay) in [(SIGKILL, 0.5), (SIGKILL, 1.5), (SIGTERM, 2.5), (SIGKILL, 4)] {
      let program = try site.start(["--config", "slow.yaml"])
      usleep(UInt32(delay * 1_000_000))
      program.send(signal)
      #expect(program.wait().status == 128 + signal)
      usleep(300_000)
      try site.expectNothingLeft()
    }
    #expect(try site.build("base.yaml", ["--rebuild"]) == digest)
    #expect(
      try site.look("rocky-base:8.10", "buildah containers --noheading | wc -l").hasPrefix("1\n"))
  }

  /// One image under several names, and the objects with the names that nodes ask for.
  @Test func aLayerIsPublishedAsItsUsersExpect() throws {
    try site.writeBase()
    let registry = try RegistryServer(.password, hasCertificate: true)
    let credentials = site.fixture.path("auth.json")
    try registry.writeCredentials(credentials)
    let store = try FaultProxy(before: "moto:boot-images", account: "ID:secret-of-the-store")
    let options = [
      "--publish-registry", "\(registry.host)/openchami", "--publish-tags", "8.10", "latest",
      "--registry-opts-push",
      "--authfile=\(credentials) --cert-dir=\(registry.certificate!.removingLastComponent())",
      "--publish-s3", store.url, "--s3-prefix", "compute/base/", "--json",
    ]
    let refused = try site.start(["--config", "base.yaml"] + options).wait()
    #expect(
      refused.status == 69 && refused.errors.contains("S3_ACCESS and S3_SECRET"), "\(refused)")
    let keys = ["S3_ACCESS": "ID", "S3_SECRET": "secret-of-the-store"]
    let program = try site.start(["--config", "base.yaml"] + options, environment: keys)
    let outcome = program.wait()
    try #require(outcome.status == 0, "\(outcome.errors)")
    let answer = try #require(
      try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    let published = try #require(answer["published"] as? [String])
    let digests = published.prefix(2).map { $0.split(separator: "@").last ?? "" }
    #expect(digests[0] == digests[1] && digests[0].hasPrefix("sha256:"))
    #expect(
      Array(published.dropFirst(2)) == [
        "s3://boot-images/efi-images/compute/base/initramfs-5.14.0-503.img",
        "s3://boot-images/efi-images/compute/base/vmlinuz-5.14.0-503",
        "s3://boot-images/compute/base/rocky9.5-rocky-base-8.10",
        "s3://boot-images/compute/base/rocky9.5-rocky-base-latest",
      ], "\(published)")
    #expect(!(outcome.errors + outcome.output).contains("secret-of-the-store"))
    // Another place: nothing is built.
    try store.set(.init("PUT .*rocky9.5", "403"))
    let incomplete = try site.start(
      ["--config", "base.yaml"] + options, environment: keys
    ).wait()
    #expect(
      incomplete.status != 0 && incomplete.errors.contains("Published before:")
        && incomplete.errors.contains("rocky-base is fresh"), "\(incomplete)")
  }

  /// A link to the program is the command of OpenCHAMI's users.
  @Test func theLinkIsTheCommand() throws {
    try site.writeBase()
    let link = site.fixture.path("image-build")
    try Shell.run(
      """
      cd '\(Checkout.directory)/.build/release'
      ln -sfn "$PWD/image-builder" '\(link)'
      """)
    let outcome = try Shell.start(
      link.string,
      ["--config", site.fixture.path("base.yaml").string, "--dry-run", "--publish-local"])
    #expect(
      outcome.status == 0 && outcome.output.contains("publish to /var/lib/containers"),
      "\(outcome)")
  }
}
