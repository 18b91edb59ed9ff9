import Foundation
import SystemPackage
import TestSupport
import Testing

/// A store of layers, and two repositories of RPM packages on a server.
struct LayerSite {
  let fixture: Fixture
  let repositories: HTTPServer
  var cache: FilePath { fixture.path("cache") }

  init() throws {
    fixture = try Fixture()
    let directory = try fixture.makeDirectory("repositories")
    try Shell.run(
      "'\(Checkout.directory)/Tests/Fixtures/layers/make-repositories' '\(directory)' 2>&1")
    repositories = try HTTPServer(directory)
  }

  /// The command with options.
  func start(
    _ options: [String], environment: [String: String] = [:]
  ) throws -> RunningProgram {
    try RunningProgram(
      "\(Checkout.directory)/.build/release/image-builder",
      ["layer"] + options + ["--cachedir", cache.string], environment: environment,
      directory: fixture.directory)
  }

  /// Builds a layer and returns its digest.
  @discardableResult
  func build(
    _ file: String, _ options: [String] = [], environment: [String: String] = [:],
    location: SourceLocation = #_sourceLocation
  ) throws -> String {
    let outcome = try start(["--config", file] + options, environment: environment).wait()
    try #require(outcome.status == 0, "\(outcome.errors)", sourceLocation: location)
    return String(outcome.output.split(separator: " ").last?.dropLast() ?? "")
  }

  func expectFailure(
    _ file: String, _ options: [String] = [], _ status: Int32, _ message: String,
    location: SourceLocation = #_sourceLocation
  ) throws {
    let outcome = try start(["--config", file] + options).wait()
    #expect(
      outcome.status == status && outcome.errors.contains(message), "\(outcome)",
      sourceLocation: location)
    try expectNothingLeft(location: location)
  }

  /// No mount, process or container of a layer is left.
  func expectNothingLeft(location: SourceLocation = #_sourceLocation) throws {
    let state = try HostState(concerning: fixture.directory)
    #expect(state.mounts.isEmpty && state.processes.isEmpty, "\(state)", sourceLocation: location)
  }

  /// Runs a script with buildah or skopeo on the store. `$root` is the mounted image.
  func look(_ image: String, _ script: String) throws -> String {
    try Shell.run(
      """
      run=$(mktemp -d /tmp/look-XXXXXX); trap 'rm -rf $run' EXIT
      printf '[storage]\\ndriver = "overlay"\\ngraphroot = "%s"\\nrunroot = "%s"\\n' \
        '\(cache)/containers' $run/run >$run/storage.conf
      printf '[network]\\nnetwork_config_dir = "%s"\\n' $run/networks >$run/containers.conf
      export CONTAINERS_STORAGE_CONF=$run/storage.conf CONTAINERS_CONF=$run/containers.conf
      container=$(buildah from --pull-never localhost/\(image))
      root=$(buildah mount $container)
      finish() { buildah umount $container >/dev/null; buildah rm $container >/dev/null; }
      (cd $root; \(script)) || { finish; exit 1; }
      finish
      """
    ).output
  }

  /// A layer of Debian's packages on an empty filesystem, from the sources of this host.
  func writeDebian(_ name: String, packages: String, _ more: String = "") throws {
    let sources = try Shell.run(
      "EIB_ARCH=amd64 EIB_TREE_SUITE=bookworm '\(Checkout.directory)'/helpers/debian-tree/apt-sources"
    )
    let url = try #require(
      sources.lines.first { $0.hasPrefix("URIs: ") }?.split(separator: " ").last)
    try fixture.write(
      "\(name).yaml",
      """
      options: {layer_type: base, name: \(name), pkg_manager: apt, parent: scratch}
      repos:
        - alias: debian
          url: '\(url) bookworm main'
          gpg: file:///usr/share/keyrings/debian-archive-keyring.gpg
      packages: [\(packages)]
      \(more)
      """)
  }

  /// A layer of packages on an empty filesystem.
  func writeBase(_ name: String = "base.yaml", _ more: String = "") throws {
    try fixture.write(
      name,
      """
      options:
        layer_type: base
        name: rocky-base
        publish_tags: 8.10
        pkg_manager: dnf
        parent: scratch
        labels: {maintainer: somebody}
      repos:
        - alias: first
          url: \(repositories.url)/first
          gpg: \(repositories.url)/first.asc
        - alias: second
          url: \(repositories.url)/second
          gpg: \(repositories.url)/second.asc
          priority: 50
      package_groups: ['Minimal Install']
      modules: {enable: ['flow:1'], install: ['flow:1/common']}
      packages: [shell, powers, kernel, grumpy]
      remove_packages: [unwanted]
      cmds:
        - 'id >/etc/id; touch /tmp/left'
      \(more)
      """)
  }
}
