import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import ImageBuilderCore

/// A checkout whose product has the tree of an OCI image.
struct OCISite {
  let checkout: CheckoutFixture
  let images: OCIImages

  var fixture: Fixture { checkout.fixture }
  /// The repository of the trees that the hook makes.
  var repository: FilePath { checkout.cache.appending("tree/repo") }
  static let ref = "os/test/amd64/master"

  init() throws {
    checkout = try CheckoutFixture()
    // A build has a /var/tmp of its own, in which it sees its cache.
    images = OCIImages(checkout.fixture, layout: "cache/images")
    try Shell.run(
      """
      cd '\(Checkout.directory)'
      for hook in {ostree,inputs}/{10-layers,20-oci-tree} publish/10-layers image/70-oci-manifest; do
        install -d '\(checkout.directory)'/hooks/${hook%/*}
        cp -p hooks/$hook '\(checkout.directory)'/hooks/$hook
      done
      """)
  }

  /// Selects the image of the tree.
  func use(_ image: String, _ more: String = "", verifiesTLS: Bool = false) throws {
    try fixture.write(
      "checkout/config/local.ini",
      """
      [ostree]
      hooks = 20-oci-tree
      url = file://${tree:repo}
      trusted_keys = ${tree:key}
      [inputs]
      hooks = 20-oci-tree
      [image]
      hooks = 70-oci-manifest
      [tree]
      dir = ${build:cachedir}/tree
      repo = ${dir}/repo
      key = ${dir}/key.asc
      [oci]
      image = \(image)
      tls_verify = \(verifiesTLS)
      platform = linux/${build:arch}
      \(more)
      """)
  }

  /// Selects layers, whose files are written to the folder `layers` of the checkout.
  ///
  /// - Parameter more: further options of the section `[layers]`, and further sections.
  func useLayers(_ files: [(name: String, text: String)], _ more: String = "") throws {
    try use("")
    let file = checkout.directory.appending("config/local.ini")
    let settings = try FileAccess.text(of: file)
      .replacing("hooks = 20-oci-tree", with: "hooks = 10-layers 20-oci-tree")
    for (name, text) in files { try fixture.write("checkout/layers/\(name).yaml", text) }
    let names = files.map { "layers/\($0.name).yaml" }.joined(separator: " ")
    try fixture.write(
      "checkout/config/local.ini",
      """
      \(settings)
      [layers]
      files_add = \(names)
      \(more)
      """)
  }

  /// Selects an image of the layout.
  func useLayout(_ tag: String, _ more: String = "") throws {
    try use("oci:\(images.layout):\(tag)", more)
  }

  /// Makes the tree and returns its commit.
  @discardableResult
  func makeTree(location: SourceLocation = #_sourceLocation) throws -> (commit: String, log: String)
  {
    let outcome = try checkout.build(["--stages", "ostree"])
    try #require(outcome.status == 0, "\(outcome.errors)", sourceLocation: location)
    return (try ostree("rev-parse", Self.ref)[0], outcome.errors)
  }

  /// Returns the lines that an `ostree` command on the repository prints.
  func ostree(_ arguments: String...) throws -> [String] {
    let outcome = try Shell.start("/usr/bin/ostree", ["--repo=\(repository)"] + arguments)
    guard outcome.status == 0 else { throw ShellFailure(command: "ostree", outcome: outcome) }
    return outcome.lines
  }

  /// Returns the mode, the owner, the digest and the attributes of a file of the tree.
  func file(_ path: String) throws -> String {
    try ostree("ls", "--checksum", "--xattrs", Self.ref, path)[0]
  }

  func text(_ path: String) throws -> String {
    try ostree("cat", Self.ref, path).joined(separator: "\n")
  }

  /// Returns the time of the commit on the ref, in seconds since 1970.
  func time() throws -> Int {
    let date = try ostree("show", Self.ref).first { $0.hasPrefix("Date:") }!.dropFirst(5)
    return try Int(Shell.run("date --date='\(date)' +%s").lines[0])!
  }
}
