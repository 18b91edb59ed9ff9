import Configuration
import SystemPackage
import TestSupport
import Testing
import YAML

@testable import ImageBuilderCore

/// What build.yml is taken for.
@Suite struct PackageReadingTests {
  private let fixture: Fixture

  init() throws {
    fixture = try Fixture()
    try fixture.write("Dockerfile", "FROM scratch\n")
  }

  private func read(
    _ text: String, _ change: (inout PackageRequest) -> Void = { _ in }
  ) throws -> PackageDefinition {
    try fixture.write("build.yml", text)
    var request = PackageRequest([])
    change(&request)
    return try PackageReading.definition(
      request, fixture.directory, defaults: PackageDefaults())
  }

  @Test func everyKeyIsRead() throws {
    try fixture.write("images", "# a comment\na/b@sha256:\(String(repeating: "1", count: 64))\n")
    _ = try fixture.makeDirectory("shared")
    let arguments = try fixture.write("arguments", "C=3\n\nA=2\n")
    let package = try read(
      """
      image: kernel
      org: registry.example.org:5000/team
      tag: "6.1-{{.Hash}}"
      gitrepo: https://git.example.org/os
      arches: [amd64, riscv64]
      network: yes
      disable-cache: true
      extra-sources: ["shared:/in/the/package"]
      buildArgs: [A=1, B=x=y]
      depends: {docker-images: {from-file: images, target-dir: archives}}
      ---
      a second document: is not read
      """
    ) { $0.buildArgumentFiles = [arguments] }
    #expect(package.name == "registry.example.org:5000/team/kernel")
    #expect(package.tagForm == "6.1-{{.Hash}}" && package.hasNetwork && !package.usesCache)
    #expect(package.architectures == ["amd64", "riscv64"])
    #expect(package.extraSources.map(\.destination) == ["in/the/package"])
    #expect(package.extraSources.map(\.source) == [fixture.path("shared")])
    #expect(
      package.buildArguments.map { "\($0.name)=\($0.value)" } == ["B=x=y", "C=3", "A=2"])
    #expect(package.archives?.directory == "archives" && package.archives?.images.count == 1)
    #expect(try read("image: a\n").architectures == nil)
    #expect(try read("image: a\norg: o\n") { $0.organization = "" }.name == "/a")
  }

  /// The label is that of LinuxKit, with the escapes of Go and the order of its type.
  @Test func theConfigurationIsALabel() throws {
    let package = try read(
      """
      image: a
      config:
        binds: ["/dev:/dev", "a<b>&c"]
        net: host
        pid: ""
        capabilities: [all]
        readonly: true
        uid: 100
        gid: wheel
        mounts: [{type: tmpfs, destination: /tmp}]
        devices: [{path: /dev/x, type: c, major: 1, minor: 3, mode: 0666}]
        sysctl: {z: "1", a: 2}
        resources: {memory: {limit: 1000, kerneltcp: 5}, pids: {}}
        runtime: {mkdir: [/var/lib/a]}
      """)
    #expect(
      package.configuration
        == #"{"capabilities":["all"],"mounts":[{"destination":"/tmp","type":"tmpfs"}],"#
        + #""binds":["/dev:/dev","a\u003cb\u003e\u0026c"],"#
        + #""devices":[{"path":"/dev/x","type":"c","major":1,"minor":3,"mode":"0666"}],"#
        + #""net":"host","readonly":true,"uid":100,"gid":"wheel","#
        + #""resources":{"memory":{"limit":1000,"kernelTCP":5},"pids":{"limit":0}},"#
        + #""sysctl":{"a":"2","z":"1"},"runtime":{"mkdir":["/var/lib/a"],"bindNS":{}}}"#)
    #expect(try read("image: a\nconfig:\n").configuration == nil)
  }

  @Test(arguments: [
    ("", "1: image is not set"),
    ("image: a\nimge: b", "2: imge: no such key; did you mean image?"),
    ("image: a\nimage: b", "1: image: is written twice in one mapping; keep one"),
    ("image: a\narches: amd64", "2: arches is a text; accepted: a list"),
    ("image: a\narches: [amd46]", "2: arches has 'amd46'; did you mean amd64?"),
    (
      "image: a\nnetwork: \"true\"", "2: network is a text; accepted: true or false, without quotes"
    ),
    ("image: a\ndockerfile: ../x", "2: dockerfile has the path '../x'"),
    ("image: a\ndockerfile: other", "2: dockerfile is 'other', which is not in"),
    ("image: a\nextra-sources: [a]", "2: extra-sources has 'a'; accepted: SOURCE:DESTINATION"),
    ("image: a\nextra-sources: ['Dockerfile:/../x']", "has the path '../x'"),
    ("image: a\nextra-sources: ['none:x']", "2: extra-sources: there is no"),
    ("image: a\nbuildArgs: [A]", "2: 'A' is no build argument; accepted: NAME=VALUE"),
    ("image: a\nbuildArgs: ['A=@lkt:pkg:../b']", "values of the form @lkt: are not supported"),
    ("image: a\ntag: '{{.Other}}'", "accepted between {{ and }}: .Hash"),
    ("image: a\nconfig: {bind: [a]}", "2: config.bind: no such key; did you mean binds?"),
    ("image: a\nconfig: {readonly: 1}", "2: config.readonly is a text; accepted: true or false"),
    ("image: a\ndepends: {docker-images: {list: [a]}}", "the image 'a' has no digest"),
    (
      "image: a\ndepends: {docker-images: {list: [a], target: x, target-dir: y}}",
      "target and target-dir exclude each other"
    ),
    ("image: a\ndepends: {docker-images: {target: x}}", "one of list and from-file is needed"),
  ])
  func mistakesHaveTheirLines(text: String, expected: String) throws {
    let problems = try #require(throws: YAMLProblems.self) { try read(text) }
    #expect(
      "\(problems)".replacing("\(fixture.directory)/build.yml:", with: "").contains(expected),
      "\(problems)")
  }
}
