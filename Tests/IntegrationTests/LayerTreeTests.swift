import Foundation
import SystemPackage
import TestSupport
import Testing

/// Layers become the tree of a disk image: hooks 10-layers and 20-oci-tree.
@Suite(.serialized) struct LayerTreeTests {
  private let site: OCISite

  init() throws {
    site = try OCISite()
    try site.images.add("1", layers: [try site.images.makeRoot("plain")])
    try site.fixture.write("checkout/layers/text", "one\n")
  }

  private var base: (name: String, text: String) {
    (
      "base",
      """
      options: {layer_type: base, name: base, parent: 'oci:\(site.images.layout):1', pkg_manager: apt}
      copyfiles: [{src: text, dest: /usr/share/text}]
      """
    )
  }

  private func top(_ publishing: String = "") -> (name: String, text: String) {
    (
      "top",
      """
      options:
        layer_type: base
        name: top
        parent: base
        pkg_manager: apt
        publish_tags: [1, latest]
        \(publishing)
      copyfiles: [{src: base.yaml, dest: /usr/share/more}]
      """
    )
  }

  /// The last layer is the tree. Nothing is made while nothing has changed, and a changed file of the first
  /// layer makes all of them again.
  @Test func theLastLayerIsTheTree() throws {
    try site.useLayers([base, top()])
    let first = try site.makeTree()
    #expect(try site.text("/usr/share/text") == "one")
    #expect(try site.text("/usr/share/more").contains("layer_type: base"))
    #expect(first.log.contains("building top on base"), "\(first.log)")
    let again = try site.makeTree()
    #expect(again.commit == first.commit)
    #expect(again.log.contains("is fresh: the last layer of layers:files"), "\(again.log)")
    #expect(!again.log.contains("layer: building"))

    try site.fixture.write("checkout/layers/text", "two\n")
    let changed = try site.makeTree()
    #expect(try site.text("/usr/share/text") == "two")
    #expect(changed.commit != first.commit && changed.log.contains("building top on base"))
    #expect(try HostState(concerning: site.fixture.directory).mounts.isEmpty)
  }

  /// The manifest has the layers, the inputs have what they are made of, and --explain tells the file.
  @Test func theManifestHasTheLayers() throws {
    try site.useLayers([base, top()])
    let outcome = try site.checkout.build(["--build-version", "1"])
    try #require(outcome.status == 0, "\(outcome.errors)")
    let published = site.checkout.publishedDirectory(ofVersion: "1")
    let version = "\(published)/test-master-amd64-amd64.1.base"
    func object(_ file: String) throws -> [String: Any] {
      let data = try Data(contentsOf: URL(fileURLWithPath: "\(version).\(file).json"))
      return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }
    let facts = try #require(try object("manifest")["oci"] as? [String: Any])
    let layers = try #require(facts["layers"] as? [[String: Any]])
    #expect(
      layers.compactMap { $0["name"] as? String } == ["localhost/base:latest", "localhost/top:1"])
    #expect(layers[1]["parent_digest"] as? String == layers[0]["digest"] as? String)
    #expect(facts["digest"] as? String == layers[1]["digest"] as? String)
    let inputs = try object("inputs")
    for name in ["base", "top"] {
      #expect(inputs.keys.contains { $0.hasSuffix("layer:\(name)") }, "\(inputs.keys.sorted())")
    }
    let explanation = try site.checkout.build(["--explain", "layers:files"])
    #expect(explanation.output.contains("config/local.ini"), "\(explanation)")
  }

  /// With `layers:publish`, the layers go where their files say, with the log-in of the configuration.
  @Test func layersArePublishedWithTheImage() throws {
    let registry = try RegistryServer(.password, hasCertificate: true)
    let credentials = site.checkout.system.appending("auth.json")
    try registry.writeCredentials(credentials)
    let certificates = site.checkout.system.appending("certificates")
    try Shell.run("cp -a '\(registry.certificate!.removingLastComponent())' '\(certificates)'")
    try site.useLayers(
      [base, top("publish_registry: \(registry.host)/team")],
      """
      publish = true
      registry_authfile = \(credentials)
      certs = \(certificates)
      [publish]
      hooks = 10-layers
      """)
    let outcome = try site.checkout.build()
    try #require(outcome.status == 0, "\(outcome.errors)")
    for tag in ["1", "latest"] {
      #expect(
        outcome.errors.contains("published \(registry.host)/team/top:\(tag)@sha256:"),
        "\(outcome.errors)")
    }
    #expect(outcome.errors.split(separator: "building top on base").count == 2)
  }

  /// What is wrong in a layer is told with its file and line, before a layer is built.
  @Test func mistakesAreToldBeforeALayerIsBuilt() throws {
    try site.useLayers([base, ("top", "options: {layer_type: base, nme: top, pkg_manager: apt}\n")])
    let outcome = try site.checkout.build(["--stages", "ostree"])
    #expect(outcome.status != 0)
    #expect(
      outcome.errors.contains("layers/top.yaml:1: options.nme: no such key; did you mean name?"),
      "\(outcome.errors)")
    #expect(!outcome.errors.contains("layer: building"))
    try site.useLayers([])
    let none = try site.checkout.build(["--stages", "ostree"])
    #expect(none.errors.contains("layers:files is empty"), "\(none.errors)")
  }
}
