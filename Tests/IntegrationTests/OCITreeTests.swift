import Foundation
import SystemPackage
import TestSupport
import Testing

/// OCI images become trees: hook 20-oci-tree with real registries and stores.
@Suite(.serialized) struct OCITreeTests {
  let site: OCISite
  private var images: OCIImages { site.images }
  private static let applications = """
    mkdir -p opt/ohpc/bin var/lib/app; echo tool >opt/ohpc/bin/tool; chown 7:8 opt/ohpc/bin/tool
    echo local >usr/local/bin/local; echo state >var/lib/app/state; chmod 640 var/lib/app/state
    cp usr/bin/true usr/bin/capable; chmod 4755 usr/bin/capable; setcap cap_net_raw+ep usr/bin/capable
    ln usr/bin/capable usr/bin/also-capable; setfattr -n user.note -v text usr/bin/capable
    : >etc/hosts; chmod 755 etc/hosts; touch .dockerenv

    """

  init() throws {
    site = try OCISite()
  }

  private func expectApplications(location: SourceLocation = #_sourceLocation) throws {
    #expect(
      try site.file("/usr/opt/ohpc/bin/tool").hasPrefix("-00644 7 8 "), sourceLocation: location)
    #expect(try site.text("/usr/local/bin/local") == "local", sourceLocation: location)
    #expect(
      try site.file("/usr/share/factory/var/lib/app/state").hasPrefix("-00640 0 0 "),
      sourceLocation: location)
    let lines = try site.ostree("cat", OCISite.ref, "/usr/lib/tmpfiles.d/arranged-var.conf")
    #expect(
      lines.contains("C /var/lib/app/state - - - -")
        && lines.contains("L /var/opt/ohpc - - - - ../../usr/opt/ohpc"), "\(lines)",
      sourceLocation: location)
    let capable = try site.file("/usr/bin/capable")
    #expect(
      capable.hasPrefix("-04755 0 0 ") && capable.contains("security.capability")
        && capable.contains("user.note"), "\(capable)", sourceLocation: location)
    // Equal objects are one file in the system.
    #expect(
      try site.file("/usr/bin/also-capable").replacing("also-", with: "") == capable,
      sourceLocation: location)
  }

  /// From a tag in a registry to the manifest of an image.
  @Test func aPlainImageBecomesTheTree() throws {
    let registry = try RegistryServer()
    let root = try images.makeRoot("plain", Self.applications)
    let digest = try images.add(
      "1", layers: [root], ["--label", "org.opencontainers.image.version=3.1"])
    try images.push("1", to: registry, as: "team/os:12")
    let name = "\(registry.host)/team/os:12"
    try site.use(name, "max_size = 1G")
    let outcome = try site.checkout.build(["--build-version", "1"])
    try #require(outcome.status == 0, "\(outcome.errors)")
    try expectApplications()
    for path in ["/etc", "/usr/etc/hosts", "/.dockerenv", "/boot/vmlinuz-1.0-test"] {
      #expect(throws: ShellFailure.self) { try site.file(path) }
    }
    #expect(try site.text("/usr/lib/modules/1.0-test/vmlinuz") == "a kernel")
    for (key, value) in [
      ("version", "3.1"), ("oci.image", name), ("oci.digest", digest),
      ("oci.created", "2025-01-01T00:00:00.123456789Z"),
    ] {
      #expect(
        try site.ostree("show", "--print-metadata-key=\(key)", OCISite.ref) == ["'\(value)'"])
    }
    #expect(try site.time() == 1_735_689_600)

    let published = site.checkout.publishedDirectory(ofVersion: "1")
    let version = "\(published)/test-master-amd64-amd64.1.base"
    let manifest =
      try JSONSerialization.jsonObject(
        with: Data(contentsOf: URL(fileURLWithPath: "\(version).manifest.json"))) as? [String: Any]
    let facts = try #require(manifest?["oci"] as? [String: String])
    #expect(facts["image"] == name && facts["digest"] == digest)
    #expect(try facts["commit"] == site.ostree("rev-parse", OCISite.ref)[0])
    let inputs =
      try JSONSerialization.jsonObject(
        with: Data(contentsOf: URL(fileURLWithPath: "\(version).inputs.json"))) as? [String: String]
    #expect(inputs?["probe oci:\(name)"] == digest, "\(inputs ?? [:])")
    let state = try HostState(concerning: site.fixture.directory)
    #expect(state.mounts.isEmpty, "\(state)")
  }

  /// A tag that moves is a new tree, and a later one. A digest stays.
  @Test func theTreeFollowsTheTag() throws {
    let registry = try RegistryServer()
    let name = "\(registry.host)/team/os"
    let root = try images.makeRoot("one")
    let first = try images.add("1", layers: [root])
    try images.push("1", to: registry, as: "team/os:12")
    try site.use("\(name):12")
    let made = try site.makeTree()
    let time = try site.time()

    let containers = site.checkout.cache.appending("containers/overlay-containers")
    let state = "find '\(containers)' '\(site.repository)' -newer '\(site.fixture.path("mark"))'"
    try Shell.run("sleep 0.1; touch '\(site.fixture.path("mark"))'")
    let again = try site.makeTree()
    #expect(again.commit == made.commit && again.log.contains("is fresh: \(name):12 is \(first)"))
    #expect(try Shell.run(state).output == "")

    // An image that claims to be older, and one that does not know.
    let new = try site.fixture.makeDirectory("new")
    try Shell.run("mkdir -p '\(new)/usr/share'; echo new >'\(new)/usr/share/new'")
    let second = try images.add("2", layers: [root, new], ["--created", "2024-01-01T00:00:00Z"])
    try images.push("2", to: registry, as: "team/os:12")
    let moved = try site.makeTree()
    #expect(moved.commit != made.commit && moved.log.contains("the image is another one"))
    #expect(moved.log.contains("the ref is not to go back"), "\(moved.log)")
    #expect(try site.time() == time + 1)
    #expect(try site.text("/usr/share/new") == "new")
    #expect(
      try site.ostree("show", "--print-metadata-key=oci.created", OCISite.ref)
        == ["'2024-01-01T00:00:00Z'"])

    // The same image makes the same commit.
    let refreshed = try site.checkout.build(["--stages", "ostree", "--refresh-tree"])
    #expect(refreshed.status == 0, "\(refreshed.errors)")
    #expect(try site.ostree("rev-parse", OCISite.ref) == [moved.commit])

    try site.use("\(name)@\(first)")
    #expect(try site.makeTree().log.contains("the image is another one"))
    #expect(throws: ShellFailure.self) { try site.text("/usr/share/new") }
    #expect(try site.time() == time + 2)
    #expect(first != second)
    // A digest is not asked for.
    registry.kill()
    #expect(try site.makeTree().log.contains("is fresh"))
  }

  /// The layout of images for bootc: links lead to /var, and the kernel is where OSTree looks for it.
  @Test func anImageInTheStyleOfBootcKeepsItsLinks() throws {
    let root = try images.makeRoot(
      "bootc",
      Self.applications + """
        mkdir -p var/usrlocal; mv opt/ohpc var/opt-ohpc; rmdir home root srv opt mnt tmp
        ln -s var/home home; ln -s var/roothome root; ln -s var/srv srv; ln -s var/mnt mnt
        ln -s var/opt opt; mkdir var/opt; mv var/opt-ohpc var/opt/ohpc; ln -s sysroot/tmp tmp
        ln -s sysroot/ostree ostree
        mv boot/vmlinuz-1.0-test usr/lib/modules/1.0-test/vmlinuz
        mv boot/initrd.img-1.0-test usr/lib/modules/1.0-test/initramfs.img
        mkdir -p usr/lib/ostree usr/lib/tmpfiles.d
        printf '[composefs]\\nenabled = maybe\\n' >usr/lib/ostree/prepare-root.conf
        printf 'd /home 0755 - - -\\nd /var/roothome 0700 - - -\\n' >usr/lib/tmpfiles.d/image.conf
        """)
    try images.add("bootc", layers: [root], ["--label", "containers.bootc=1"])
    try site.useLayout("bootc")
    let outcome = try site.checkout.build(["--dry-run"])
    try #require(outcome.status == 0, "\(outcome.errors)")
    try expectApplications()
    for (path, target) in [
      ("/tmp", "sysroot/tmp"), ("/opt", "var/opt"), ("/ostree", "sysroot/ostree"),
    ] {
      #expect(try site.file(path).hasSuffix("\(path) -> \(target)"))
    }
    #expect(try site.text("/usr/lib/tmpfiles.d/image.conf") == "d /var/roothome 0700 - - -")
  }

  /// Makes the root directory of an image by ostree-ext, from a commit that is bound to a ref.
  private func encapsulate(_ name: String, ref: String, _ options: String = "") throws -> (
    root: FilePath, commit: String
  ) {
    let tree = try SmallTree.make(site.fixture, "\(name)-tree")
    let root = site.fixture.path(name)
    let commit = try Shell.run(
      """
      cd '\(site.fixture.directory)'
      cp \(name)-tree/usr/bin/true \(name)-tree/usr/bin/capable
      setcap cap_net_raw+ep \(name)-tree/usr/bin/capable
      cp -a \(name)-tree/usr/bin/capable \(name)-tree/usr/bin/changed
      gzip -n <<<ostree-prepare-root >\(name)-tree/usr/lib/modules/1.0-test/initramfs.img
      rm \(name)-tree/usr/local; mkdir \(name)-tree/usr/local
      ostree --repo=\(name)-repo init --mode=bare
      ostree --repo=\(name)-repo commit --branch='\(ref)' --bind-ref='\(ref)' --bootable \
        --timestamp='2025-02-01 00:00:00 +0000' --subject=original --tree=dir='\(tree)'
      """
    ).lines[0]
    try Shell.run(
      """
      '\(Checkout.directory)/Tests/Fixtures/oci/encapsulate' \
        '\(site.fixture.path("\(name)-repo"))' \(commit) '\(root)' \(options)
      """)
    return (root, commit)
  }

  @Test func anEncapsulatedCommitIsTheTree() throws {
    let (root, commit) = try encapsulate("whole", ref: OCISite.ref)
    try images.add(
      "1", layers: [root],
      ["--label", "ostree.commit=\(commit)", "--final", "ostree.final-diffid"])
    try site.useLayout("1")
    let outcome = try site.checkout.build(["--dry-run"])
    try #require(outcome.status == 0, "\(outcome.errors)")
    #expect(try site.ostree("rev-parse", OCISite.ref) == [commit])
    #expect(try site.file("/usr/bin/capable").contains("security.capability"))
    #expect(try site.makeTree().log.contains("is fresh"))
  }

  /// With a further layer, or for another ref, its tree is committed anew. Attributes that the image lacks
  /// come from its commit.
  @Test func anEncapsulatedCommitWithChangesIsCommittedAnew() throws {
    let (root, commit) = try encapsulate(
      "base", ref: OCISite.ref, "--without-attributes")
    let change = try site.fixture.makeDirectory("change")
    try Shell.run(
      """
      cd '\(change)'; mkdir -p etc usr/bin usr/etc opt/app
      echo changed >usr/bin/changed; chmod 755 usr/bin/changed; echo app >opt/app/file
      echo one >etc/setting; echo two >usr/etc/setting; touch usr/bin/.wh.wc
      """)
    let labels = [
      "--label", "ostree.commit=\(commit)", "--label", "ostree.final-diffid=sha256:base",
    ]
    try images.add("1", layers: [root, change], labels)
    try site.useLayout("1")
    let derived = try site.makeTree()
    #expect(derived.commit != commit)
    #expect(
      try site.ostree("show", "--print-metadata-key=oci.commit", OCISite.ref) == ["'\(commit)'"])
    #expect(try site.file("/usr/bin/capable").contains("security.capability"))
    #expect(try !site.file("/usr/bin/changed").contains("security.capability"))
    #expect(try site.text("/usr/opt/app/file") == "app")
    #expect(try site.text("/usr/etc/setting") == "two")
    #expect(derived.log.contains("warning: /etc/setting is replaced by /usr/etc/setting"))
    #expect(throws: ShellFailure.self) { try site.file("/usr/bin/wc") }
    #expect(throws: ShellFailure.self) { try site.file("/sysroot/ostree") }

    let (other, otherCommit) = try encapsulate("other", ref: "vendor/os/stable")
    try images.add(
      "2", layers: [other],
      ["--label", "ostree.commit=\(otherCommit)", "--final", "ostree.final-diffid"])
    try site.useLayout("2")
    let bound = try site.makeTree()
    #expect(bound.commit != otherCommit)
    #expect(bound.log.contains("its commit is bound to vendor/os/stable, not to \(OCISite.ref)"))
    #expect(
      try site.ostree("show", "--print-metadata-key=ostree.ref-binding", OCISite.ref)
        == ["['\(OCISite.ref)']"])
  }

  /// An image that cannot be the tree, and what is said of it.
  struct Refusal: CustomTestStringConvertible, Sendable {
    let testDescription: String
    var change = ":"
    var options: [String] = []
    var settings = ""
    let said: [String]
  }

  @Test(arguments: [
    Refusal(
      testDescription: "composefs",
      change: """
        mkdir -p usr/lib/ostree; printf '[composefs]\\nenabled = signed\\n' >usr/lib/ostree/prepare-root.conf
        """, said: ["demands composefs: enabled=signed in /usr/lib/ostree/prepare-root.conf"]),
    Refusal(
      testDescription: "no kernel", change: "rm boot/vmlinuz-1.0-test",
      said: ["has no kernel, which must be /usr/lib/modules/VERSION/vmlinuz", "linux-image-amd64"]),
    Refusal(
      testDescription: "device files",
      change: "mknod usr/share/disk b 8 0; mkfifo etc/fifo; mkdir -p dev; mknod dev/null c 1 3",
      said: ["cannot be in a tree", "/usr/share/disk (a device file)", "/etc/fifo (a named pipe)"]),
    Refusal(
      testDescription: "architecture", options: ["--arch", "arm64"],
      said: ["is an image for linux/arm64", "Accepted: linux/amd64 (oci:platform)"]),
    Refusal(
      testDescription: "links", change: "mv usr/lib/modules usr/m; ln -s /usr/m usr/lib/modules",
      said: ["has a link at /usr/lib/modules, which leads to /usr/m"]),
    Refusal(
      testDescription: "no initramfs", change: "echo other | gzip >boot/initrd.img-1.0-test",
      said: ["has no initramfs that starts systems of OSTree", "dracut and ostree-boot of Debian"]),
    Refusal(
      testDescription: "layers too large", change: "head -c 3M /dev/urandom >usr/large",
      settings: "max_size = 2M", said: ["is larger than oci:max_size, 2M", "Its layers have "]),
    Refusal(
      testDescription: "a file too large", change: "rm usr/bin/*; truncate -s 40M usr/large",
      settings: "max_size = 30M", said: ["cannot be copied", "file too large"]),
    Refusal(
      testDescription: "no signature",
      settings: "policy = ${build:sysconfdir}/policy.json",
      said: ["is rejected by policy"]),
  ])
  func whatCannotBeTheTreeIsRefusedByName(_ refusal: Refusal) throws {
    try site.fixture.write("etc/policy.json", #"{"default": [{"type": "reject"}]}"#)
    let root = try images.makeRoot("refused", refusal.change)
    try images.add("1", layers: [root], refusal.options)
    try site.useLayout("1", refusal.settings)
    let outcome = try site.checkout.build(["--stages", "ostree"])
    #expect(outcome.status == 2)
    for text in refusal.said {
      #expect(outcome.errors.contains(text), "\(outcome.errors)")
    }
    #expect(throws: ShellFailure.self) { try site.ostree("rev-parse", OCISite.ref) }
    // The container of the image is gone.
    let containers = site.checkout.cache.appending("containers/overlay-containers/containers.json")
    let left = try? String(contentsOfFile: containers.string, encoding: .utf8)
    #expect(left == nil || left == "[]" || left == "null", "\(left ?? "")")
  }

  @Test func anImageThatIsNotThereIsNamedBeforeTheBuild() throws {
    let registry = try RegistryServer(.password)
    let root = try images.makeRoot("locked")
    try images.add("1", layers: [root])
    let authfile = site.fixture.path("etc/auth.json")
    try registry.writeCredentials(authfile)
    try images.push("1", to: registry, as: "team/os:1", "--dest-authfile '\(authfile)'")
    let name = "\(registry.host)/team/os"
    for (settings, verifiesTLS, said) in [
      ("", false, "Set oci:authfile to a file that"),
      ("authfile = \(authfile)", true, "Set oci:tls_verify = false for a registry without TLS"),
    ] {
      try site.use("\(name):1", settings, verifiesTLS: verifiesTLS)
      let outcome = try site.checkout.build()
      #expect(outcome.status != 0 && outcome.errors.contains(said), "\(outcome.errors)")
    }
    try site.use("\(name):2", "authfile = \(authfile)")
    let absent = try site.checkout.build()
    #expect(absent.errors.contains("'\(name):2' cannot be read"), "\(absent.errors)")
    #expect(absent.errors.contains("manifest unknown"))
    try site.use("\(name):1", "authfile = \(authfile)")
    #expect(try site.makeTree().log.contains("making \(OCISite.ref) from \(name):1"))
  }

  @Test func aSignedImageIsAccepted() throws {
    let registry = try RegistryServer()
    let key = try SigningFixture(site.fixture, name: "etc/image-key")
    let signatures = try site.fixture.makeDirectory("etc/signatures")
    try site.fixture.write(
      "etc/registries.d/test.yaml",
      """
      docker:
        \(registry.host):
          sigstore: file://\(signatures)
          sigstore-staging: file://\(signatures)
      """)
    try site.fixture.write(
      "etc/signed.json",
      """
      {"default": [{"type": "reject"}], "transports": {"docker": {"\(registry.host)": [
        {"type": "signedBy", "keyType": "GPGKeys", "keyPath": "\(key.publicKey)"}]}}}
      """)
    let root = try images.makeRoot("signed")
    try images.add("1", layers: [root])
    try images.push("1", to: registry, as: "team/os:unsigned")
    try Shell.run(
      """
      skopeo --insecure-policy --registries.d '\(site.fixture.path("etc/registries.d"))' copy --quiet \
        --dest-tls-verify=false --sign-by \(key.fingerprint) \
        'oci:\(images.layout):1' 'docker://\(registry.host)/team/signed:1'
      """, environment: ["GNUPGHOME": key.home.string])
    let settings = """
      policy = \(site.fixture.path("etc/signed.json"))
      registries_d = \(site.fixture.path("etc/registries.d"))
      """
    try site.use("\(registry.host)/team/os:unsigned", settings)
    try site.checkout.expectFailure(
      try site.checkout.build(), 2, "A signature was required, but no signature exists")
    try site.use("\(registry.host)/team/signed:1", settings)
    #expect(try site.makeTree().log.contains("made "))
  }

  /// An image for several architectures: the tree is that of this one, and an index without it is refused.
  @Test func theImageOfThisArchitectureIsChosen() throws {
    let registry = try RegistryServer()
    let root = try images.makeRoot("several")
    let index = try images.add("amd64", layers: [root], ["--index"])
    try images.add("arm64", layers: [root], ["--index", "--arch", "arm64"])
    for tag in ["amd64", "arm64"] {
      try images.push(tag, to: registry, as: "team/\(tag):1")
    }
    try site.use("\(registry.host)/team/arm64:1")
    try site.checkout.expectFailure(
      try site.checkout.build(), 2, "has no image for linux/amd64", "It has: linux/arm64")
    try site.use("\(registry.host)/team/amd64:1")
    try site.makeTree()
    #expect(
      try site.ostree("show", "--print-metadata-key=oci.digest", OCISite.ref) == ["'\(index)'"])
  }

  /// A killed build leaves a container in the store, which the next one removes.
  @Test func whatAKilledBuildHasLeftIsRemoved() throws {
    let root = try images.makeRoot("killed", "head -c 80M /dev/urandom >usr/share/large")
    try images.add("1", layers: [root])
    try site.useLayout("1")
    let killed = try site.checkout.start(["--stages", "ostree"])
    let mounted = site.checkout.cache.appending("containers/overlay-containers/containers.json")
    for _ in 0..<60_000 where killed.isRunning {
      usleep(1000)
      let text = (try? String(contentsOfFile: mounted.string, encoding: .utf8)) ?? ""
      if text.contains("oci-tree-") { break }
    }
    #expect(killed.isRunning, "\(killed.errors)")
    killed.send(SIGKILL)
    _ = killed.wait()
    #expect(try String(contentsOfFile: mounted.string, encoding: .utf8).contains("oci-tree-"))
    try site.makeTree()
    #expect(try !String(contentsOfFile: mounted.string, encoding: .utf8).contains("oci-tree-"))
    let state = try HostState(concerning: site.fixture.directory)
    #expect(state.mounts.isEmpty && state.processes.isEmpty, "\(state)")
  }
}
