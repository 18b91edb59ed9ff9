import SystemPackage

/// OCI images for tests, in a directory with the OCI layout.
package struct OCIImages {
  private let fixture: Fixture
  package let layout: FilePath

  /// - Parameter layout: the directory, relative to the fixture.
  package init(_ fixture: Fixture, layout: String = "images") {
    self.fixture = fixture
    self.layout = fixture.path(layout)
  }

  /// Makes the root directory of a small system in an image. A file is its kernel, and another one, which
  /// names a program of OSTree, its initramfs; both are in /boot.
  ///
  /// - Parameter script: changes it, as its working directory.
  package func makeRoot(_ name: String, _ script: String = ":") throws -> FilePath {
    let root = try SmallTree.make(fixture, name)
    try Shell.run(
      """
      cd '\(root)'; umask 022
      mv usr/etc etc; rm ostree home root usr/local; mkdir -p home root srv opt mnt usr/local/bin
      mv usr/lib/modules/1.0-test/vmlinuz boot/vmlinuz-1.0-test; rm usr/lib/modules/1.0-test/*
      echo ostree-prepare-root | gzip -n >boot/initrd.img-1.0-test
      \(script)
      """)
    return root
  }

  /// Adds an image with directories as its layers, and returns its digest.
  ///
  /// - Parameter options: options of `Tests/Fixtures/oci/make-image`.
  @discardableResult
  package func add(_ tag: String, layers: [FilePath], _ options: [String] = []) throws -> String {
    let program = Checkout.directory.appending("Tests/Fixtures/oci/make-image").string
    let outcome = try Shell.start(
      program, [layout.string, tag] + layers.flatMap { ["--layer", $0.string] } + options)
    guard outcome.status == 0 else { throw ShellFailure(command: program, outcome: outcome) }
    return outcome.lines[0]
  }

  /// Copies an image to a registry without TLS.
  ///
  /// - Parameter more: further options of `skopeo copy`, and `name` is the name in the registry.
  package func push(
    _ tag: String, to registry: RegistryServer, as name: String, _ more: String = ""
  )
    throws
  {
    try Shell.run(
      """
      skopeo --insecure-policy copy --quiet --multi-arch all --dest-tls-verify=false \(more) \
        'oci:\(layout):\(tag)' 'docker://\(registry.host)/\(name)'
      """)
  }
}
