import Foundation
import SystemPackage
import TestSupport
import Testing

/// Layers by other programs than dnf: zypper, mmdebstrap, apt-get, Ansible, OpenSCAP; and the store of the host.
@Suite(.serialized) struct LayerEngineTests {
  private let site: LayerSite

  init() throws {
    site = try LayerSite()
  }

  @Test func zypperInstallsAndVerifies() throws {
    func write(key: String, packages: String = "shell, powers") throws {
      try site.fixture.write(
        "suse.yaml",
        """
        options: {layer_type: base, name: suse, pkg_manager: zypper, parent: scratch}
        repos:
          - {alias: first, url: '\(site.repositories.url)/first', gpg: '\(site.repositories.url)/\(key)'}
        packages: [\(packages)]
        remove_packages: [powers]
        cmds: ['test ! -e /usr/bin/powerful']
        """)
    }
    try write(key: "first.asc")
    let digest = try site.build("suse.yaml")
    #expect(
      try site.look("suse:latest", "ls etc/zypp/repos.d; rpm --dbpath $root/var/lib/rpm -qa | sort")
        .hasPrefix("first.repo\n"))
    try Shell.run("rm -rf '\(site.cache)'")
    #expect(try site.build("suse.yaml") == digest)
    try write(key: "second.asc")
    try site.expectFailure("suse.yaml", [], 2, "zypper")
    try write(key: "first.asc", packages: "none")
    try site.expectFailure("suse.yaml", [], 2, "none")
  }

  /// mmdebstrap on an empty filesystem, apt-get and a playbook on it, a scan on that.
  @Test func debianPackagesAndPlaybooks() throws {
    try site.writeDebian("debian", packages: "python3, ca-certificates")
    let base = try site.build("debian.yaml")
    try Shell.run("rm -rf '\(site.cache)/containers'")
    #expect(try site.build("debian.yaml") == base)

    try site.fixture.write(
      "site/play.yaml",
      """
      - hosts: compute
        gather_facts: true
        roles: [motd]
        handlers:
          - {name: note, ansible.builtin.shell: 'echo handled >/etc/handled'}
      - hosts: storage
        tasks: [{name: never, ansible.builtin.fail: {msg: another group}}]
      """)
    try site.fixture.write(
      "site/roles/motd/tasks/main.yaml",
      """
      - name: text
        ansible.builtin.copy:
          content: "{{ greeting }} {{ place }} {{ ansible_facts.distribution }}\\n"
          dest: /etc/motd
          mode: "0640"
        notify: note
      - {name: network, ansible.builtin.shell: 'cut -s -d: -f1 /proc/net/dev | tr -d " " >/etc/networks-seen'}
      """)
    try site.fixture.write("inventory/hosts", "[compute]\n[storage]\n")
    try site.fixture.write("inventory/group_vars/compute.yaml", "greeting: hello\n")
    func writeSite(_ name: String, groups: String, parent: String = "debian") throws {
      try site.fixture.write(
        "\(name).yaml",
        """
        options:
          layer_type: ansible
          name: \(name)
          parent: \(parent)
          groups: \(groups)
          playbooks: site/play.yaml
          inventory: inventory
          vars: {place: world}
          ansible_verbosity: 1
          network: false
        """)
    }
    try writeSite("site", groups: "[compute]")
    try site.build("site.yaml")
    let content = try site.look(
      "site:latest",
      "stat -c %a etc/motd; cat etc/motd etc/handled etc/networks-seen; ls tmp root -A")
    #expect(content.hasPrefix("640\nhello world Debian\nhandled\nlo\n"), "\(content)")
    try writeSite("other", groups: "[login]")
    try site.expectFailure("other.yaml", [], 65, "no play of")
    try writeSite("other", groups: "[storage]")
    try site.expectFailure("other.yaml", [], 2, "another group")
    try site.writeBase()
    try site.build("base.yaml")
    try writeSite("other", groups: "[compute]", parent: "'rocky-base:8.10'")
    try site.expectFailure("other.yaml", [], 65, "has no Python for Ansible")

    try scan(on: "site")
  }

  /// A rule that passes and one that does not: both are in the results, and the script corrects the second.
  private func scan(on parent: String) throws {
    try site.fixture.write("benchmark.xml", Self.benchmark)
    try site.fixture.write("definitions.xml", Self.definitions)
    try Shell.run("cd '\(site.fixture.directory)' && bzip2 --keep definitions.xml")
    try site.fixture.write(
      "scan.yaml",
      """
      options:
        layer_type: base
        name: scan
        parent: \(parent)
        pkg_manager: apt
        scap_benchmark: true
        oval_eval: true
      openscap:
        - profile: xccdf_test_profile_all
        - benchmark_path: /usr/share/benchmark.xml
        - oval_url: file://\(site.fixture.path("definitions.xml.bz2"))
      packages: [openscap-scanner]
      copyfiles:
        - {src: benchmark.xml, dest: /usr/share/benchmark.xml}
        - {src: definitions.xml, dest: /usr/share/definitions.xml}
      """)
    let outcome = try site.start(["--config", "scan.yaml", "--outdir", "reports"]).wait()
    try #require(outcome.status == 0, "\(outcome.errors)")
    func report(_ name: String) throws -> String {
      try Shell.run("cat '\(site.fixture.path("reports"))/scan-\(name)'").output
    }
    let results = try report("scan.xml")
    #expect(results.contains("<result>pass</result>") && results.contains("<result>fail</result>"))
    #expect(try report("remediate.sh").contains("touch /etc/wanted"))
    #expect(try report("vulnerabilities.xml").contains("There is a file"))
    #expect(
      try site.look("scan:latest", "ls root").split(separator: "\n") == [
        "oval.xml", "remediate.sh", "scan.xml", "vulnerabilities.xml",
      ])
  }

  private static let definitions = """
    <oval_definitions xmlns="http://oval.mitre.org/XMLSchema/oval-definitions-5"
     xmlns:u="http://oval.mitre.org/XMLSchema/oval-definitions-5#unix">
    <generator><schema_version xmlns="http://oval.mitre.org/XMLSchema/oval-common-5">5.10</schema_version>
    <timestamp xmlns="http://oval.mitre.org/XMLSchema/oval-common-5">2020-01-01T00:00:00</timestamp></generator>
    <definitions>
    <definition id="oval:test:def:1" version="1" class="compliance"><metadata><title>There is a file</title>
    <description>-</description></metadata><criteria><criterion test_ref="oval:test:tst:1"/></criteria></definition>
    <definition id="oval:test:def:2" version="1" class="compliance"><metadata><title>There is another</title>
    <description>-</description></metadata><criteria><criterion test_ref="oval:test:tst:2"/></criteria></definition>
    </definitions>
    <tests>
    <u:file_test id="oval:test:tst:1" version="1" check="all" comment="-"><u:object object_ref="oval:test:obj:1"/></u:file_test>
    <u:file_test id="oval:test:tst:2" version="1" check="all" comment="-"><u:object object_ref="oval:test:obj:2"/></u:file_test>
    </tests>
    <objects>
    <u:file_object id="oval:test:obj:1" version="1"><u:filepath>/etc/motd</u:filepath></u:file_object>
    <u:file_object id="oval:test:obj:2" version="1"><u:filepath>/etc/wanted</u:filepath></u:file_object>
    </objects>
    </oval_definitions>
    """

  private static let benchmark = """
    <Benchmark xmlns="http://checklists.nist.gov/xccdf/1.2" id="xccdf_test_benchmark_test">
    <status>draft</status><version>1</version>
    <Profile id="xccdf_test_profile_all"><title>All</title>
    <select idref="xccdf_test_rule_1" selected="true"/><select idref="xccdf_test_rule_2" selected="true"/></Profile>
    <Rule id="xccdf_test_rule_1"><title>One</title>
    <check system="http://oval.mitre.org/XMLSchema/oval-definitions-5">
    <check-content-ref href="definitions.xml" name="oval:test:def:1"/></check></Rule>
    <Rule id="xccdf_test_rule_2"><title>Two</title>
    <fix system="urn:xccdf:fix:script:sh">touch /etc/wanted</fix>
    <check system="http://oval.mitre.org/XMLSchema/oval-definitions-5">
    <check-content-ref href="definitions.xml" name="oval:test:def:2"/></check></Rule>
    </Benchmark>
    """

  /// In a namespace in which the store of the host is empty.
  @Test func aLayerGoesToTheStoreOfTheHost() throws {
    try site.writeBase()
    let names = try Shell.run(
      """
      unshare --mount --propagation private bash -euc '
        mkdir -p /var/lib/containers /run/containers
        mount -t tmpfs none /var/lib/containers; mount -t tmpfs none /run/containers
        cd "$0"
        "$1" layer --config base.yaml --publish-local --publish-tags 1 2 --cachedir "$2" >&2
        buildah images --noheading --format "{{.Name}}:{{.Tag}} {{.Digest}}" | tr -s " " | sort
      ' '\(site.fixture.directory)' '\(BuiltProgram.path)' '\(site.cache)'
      """
    ).lines
    #expect(names.count == 2 && names[0].hasPrefix("localhost/rocky-base:1 sha256:"), "\(names)")
    #expect(
      names[0].split(separator: " ").last == names[1].split(separator: " ").last, "\(names)")
  }
}
