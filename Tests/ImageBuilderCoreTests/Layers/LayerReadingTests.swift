import Configuration
import SystemPackage
import TestSupport
import Testing
import YAML

@testable import ImageBuilderCore

/// What layer files and options are taken for.
@Suite struct LayerReadingTests {
  private let fixture: Fixture

  init() throws {
    fixture = try Fixture()
  }

  private func read(
    _ text: String, _ settings: [LayerKey: [String]] = [:]
  ) throws -> LayerDefinition {
    let file = try fixture.write("layer.yaml", text)
    return try LayerReading.definition(
      LayerRequest(
        file: file, settings: settings, cacheDirectory: fixture.path("cache"),
        outputDirectory: fixture.directory))
  }

  /// The problems of a file, without its name.
  private func problems(_ text: String, _ settings: [LayerKey: [String]] = [:]) -> [String] {
    do {
      _ = try read(text, settings)
      return []
    } catch let problems as YAMLProblems {
      return "\(problems)".split(separator: "\n").map {
        String($0.replacing("\(fixture.path("layer.yaml")):", with: ""))
      }
    } catch {
      return ["\(error)"]
    }
  }

  private static let base = """
    options:
      layer_type: base
      name: compute
      pkg_manager: dnf
      parent: registry.example.org/team/base:9

    """

  @Test func theFilesOfTheDocumentationAreRead() throws {
    let layer = try read(
      """
      options:
        layer_type: 'base'
        name: 'rocky-base'
        publish_tags: 8.10
        pkg_manager: 'dnf'
        parent: 'scratch'
        publish_registry: 'registry.mysite.tld/openchami'
        registry_opts_push:
          - '--tls-verify=false'
        publish_s3: 'http://s3.mysite.tld'
        s3_prefix: 'compute/base/'
        s3_bucket: 'boot-images'
      repos:
        - alias: 'rocky-baseos'
          url: 'http://dl.rockylinux.org/pub/rocky/8/BaseOS/x86_64/os'
      package_groups:
        - 'Minimal Install'
      packages:
        - kernel
        - wget
      cmds:
        - cmd: 'echo hello'
        - cmd: 'id user'
          buildah_extra_args: ['--volume', '/var/lib/sss:/var/lib/sss:z']
        - 'echo text'
      """)
    guard case .base(let content) = layer.content else {
      Issue.record("is no base layer")
      return
    }
    #expect(layer.publication.tags == ["8.10"], "a number keeps its text")
    #expect(!layer.publication.push.verifiesTLS && layer.pull.verifiesTLS)
    #expect(layer.publication.objectStore?.prefix == "compute/base/")
    #expect(content.packages == ["kernel", "wget"] && content.groups == ["Minimal Install"])
    #expect(content.commands.map(\.command) == ["echo hello", "id user", "echo text"])
    #expect(content.commands[1].volumes.first?.inside == "/var/lib/sss")
    #expect(content.commands[0].logLevel == .information)
  }

  @Test func aPlaybookIsFoundBesideTheFile() throws {
    try fixture.write("playbooks/compute.yaml", "[]")
    _ = try fixture.makeDirectory("inventory")
    let layer = try read(
      """
      options:
        layer_type: ansible
        name: ansible-layer
        parent: registry.mysite.tld/openchami/rocky-base:8.10
        groups: compute
        playbooks: 'playbooks/compute.yaml'
        inventory: 'inventory/'
        ansible_verbosity: '3'
        vars: {answer: 42}
      """, [.groups: ["one", "two"]])
    guard case .ansible(let content) = layer.content else {
      Issue.record("is no ansible layer")
      return
    }
    #expect(content.playbooks == [fixture.path("playbooks/compute.yaml")])
    #expect(content.groups == ["one", "two"], "the options win")
    #expect(content.verbosity == 3 && content.variables == ["answer": "42"])
  }

  @Test func allMistakesAreToldAtOnceWithTheirLines() {
    let found = problems(
      """
      options:
        layer_typ: base
        name: Compute
        pkg_manager: dnff
        gpgcheck: maybe
        publish_local: true'
        publish_s3: s3.example.org
        registry_opts_push: ['--creds', 'me:secret']
        labels: [a]
      repos:
        - alias: one
        - alias: one
          url: ftp://example.org
          priority: high
      packages:
      cmds:
        - loglevel: LOUD
          cmd: 'true'
      copyfile: []
      """)
    for expected in [
      "1: options.layer_type is not set; accepted: base, ansible",
      "2: options.layer_typ: no such key; did you mean layer_type?",
      "9: options.labels is a list; accepted: a mapping",
      "15: packages is empty; leave the key out, or write a text",
      "19: copyfile: no such key; did you mean copyfiles?",
    ] {
      #expect(found.contains(expected), "\(expected) in \(found)")
    }
    #expect(!found.contains { $0.contains("secret") })
    let more = problems(
      Self.base
        + """
          gpgcheck: maybe
          publish_local: true'
          publish_s3: s3.example.org
          registry_opts_push: ['--creds', 'me:secret']
          proxy: http://me:secret@proxy.example.org
        repos:
          - alias: one
          - alias: two
            url: ftp://example.org
            priority: high
        cmds:
          - loglevel: LOUD
            cmd: 'true'
          - cmd: id
            buildah_extra_args: ['--privileged']
        copyfiles:
          - src: none
            dest: etc
        modules:
          enabl: ['a:1']
        """)
    #expect(!more.contains { $0.contains("secret") }, "\(more)")
    for expected in [
      "6: options.gpgcheck is 'maybe'; accepted: true, yes, on, false, no, off",
      "7: options.publish_local is 'true'';",
      "9: --creds is not accepted here; accepted: --tls-verify, --cert-dir, --authfile",
      "12: repos: a repository has no url",
      "15: repos.priority is 'high'; accepted: a number from 1 to 200",
      "17: cmds.loglevel is 'LOUD'",
      "20: --privileged is not accepted here; accepted: --volume, --env, --user",
      "22: copyfiles.src is 'none', which is neither in",
      "25: modules.enabl: no such command; did you mean enable?",
    ] {
      #expect(more.contains { $0.hasPrefix(expected) }, "\(expected) in \(more)")
    }
  }

  @Test(arguments: [
    ("", "1: the file is empty"),
    ("- a", "1: the file is a list; accepted: a mapping with options"),
    ("options: [", "did not find expected node content"),
    ("options: {}\noptions: {}", "1: options: is written twice in one mapping; keep one"),
    (
      "options: {layer_type: base, pkg_manager: apt, parent: a.b/c, publish_tags: []}",
      "options.publish_tags is an empty list"
    ),
    ("options: {layer_type: ansible, parent: scratch}", "options.parent is scratch"),
    (
      "options: {layer_type: ansible, parent: a.b/c, groups: g, playbooks: p}\npackages: [a]",
      "packages has no effect in a layer of type ansible"
    ),
    (
      "options: {layer_type: base, pkg_manager: zypper, parent: a.b/c}\nmodules: {enable: [a]}",
      "modules has no effect in a layer of zypper"
    ),
    ("options: {layer_type: base, pkg_manager: dnf}\npackages: [a]", "repos is not set"),
    (
      "options: {layer_type: base, pkg_manager: dnf, parent: a.b/c}\nopenscap: [{profile: p}]",
      "2: openscap has no effect without options.scap_benchmark or options.oval_eval"
    ),
    (
      "options: {layer_type: base, pkg_manager: dnf, parent: a.b/c, scap_benchmark: true}",
      "options.scap_benchmark is true, but openscap has no benchmark_path"
    ),
    (
      "options: {layer_type: base, pkg_manager: dnf, parent: a.b/c, oval_eval: true}\n"
        + "openscap: [{oval_ulr: 'https://a.b/c'}]",
      "2: openscap.oval_ulr: no such key; did you mean oval_url?"
    ),
    (
      "options: {layer_type: ansible, parent: a.b/c, groups: g, playbooks: p, install_scap: true}",
      "options.install_scap has no effect in a layer of type ansible"
    ),
  ])
  func whatCannotBeALayerIsRefused(text: String, expected: String) {
    let found = problems(text)
    #expect(found.contains { $0.contains(expected) }, "\(found)")
  }

  /// The mappings of the list are one, as for image-build.
  @Test func whatIsScannedIsRead() throws {
    let layer = try read(
      Self.base.replacing("name: compute", with: "install_scap: true\n  network: false")
        + """
        openscap:
          - profile: stig
          - {benchmark_path: /usr/share/ds.xml, results_path: /root/other.xml}
        packages: [a]
        """, [.scansBenchmark: ["true"]])
    guard case .base(let content) = layer.content else {
      Issue.record("is no base layer")
      return
    }
    #expect(!layer.hasNetwork)
    #expect(
      content.scan.benchmark
        == SecurityScan.Benchmark(
          profile: "stig", file: "/usr/share/ds.xml", results: "/root/other.xml",
          remediation: "/root/remediate.sh"))
    #expect(content.scan.vulnerabilities == nil)
    #expect(content.packages == ["a", "openscap-utils", "scap-security-guide"])
  }

  @Test func manyAliasesEnd() {
    var text = "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
    for (new, old) in zip("bcdefgh", "abcdefg") {
      text +=
        "\(new): &\(new) [\(Array(repeating: "*\(old)", count: 10).joined(separator: ", "))]\n"
    }
    #expect(problems(text).contains { $0.contains("more than 100000 values") })
    #expect(problems(String(repeating: "[", count: 5000)).count == 1)
  }

  @Test func optionsHaveTheFormsOfTheCommandLine() throws {
    let file = try fixture.write("file", "")
    let layer = try read(
      Self.base + "packages: [old]\n",
      [
        .packages: ["a", "b"], .modules: ["enable=x:1", "install=y"], .commands: ["id"],
        .copiedFiles: ["\(file):/etc/file"], .labels: ["k=v=w"],
        .registryOptionsPush: ["--tls-verify=false --authfile \(file)"], .checksSignatures: ["no"],
      ])
    guard case .base(let content) = layer.content else {
      Issue.record("is no base layer")
      return
    }
    #expect(content.packages == ["a", "b"] && !content.checksSignatures)
    #expect(content.modules.map(\.command) == ["enable", "install"])
    #expect(content.copiedFiles.first?.source == file && layer.labels == ["k": "v=w"])
    #expect(layer.publication.push.options("dest-").count == 2)
    #expect(
      problems(Self.base, [.labels: ["k"], .name: ["-x"]]) == [
        "--labels: 'k' is not of the form KEY=VALUE",
        "--name: options.name is '-x'; accepted: \(LayerSyntax.name.accepted)",
      ])
  }
}
