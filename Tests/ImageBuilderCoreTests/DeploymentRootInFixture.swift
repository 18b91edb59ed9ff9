import TestSupport

@testable import Bindings
@testable import ImageBuilderCore

extension DeploymentRoot {
  /// A deployment below the sysroot `sysroot` of a fixture. Its directories do not exist yet.
  init(in fixture: Fixture) {
    self.init(
      Deployment(
        stateroot: "eos", checksum: "0123", name: "0123.0",
        relativePath: "ostree/deploy/eos/deploy/0123.0"),
      sysroot: fixture.path("sysroot"))
  }
}
