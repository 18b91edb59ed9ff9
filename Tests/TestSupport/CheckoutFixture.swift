import Foundation
import SystemPackage

/// A separate checkout with the built program, a small tree to build, and directories for settings
/// and the cache, all in a fixture.
package final class CheckoutFixture {
  package let fixture: Fixture
  package let repository: RepositoryFixture
  package let signingKey: SigningFixture
  private var hooks: [String: [String]] = [:]

  package var directory: FilePath { fixture.path("checkout") }
  package var cache: FilePath { fixture.path("cache") }
  package var system: FilePath { fixture.path("etc") }
  package var published: FilePath { fixture.path("published") }

  /// - Parameters:
  ///   - site: the folder of the configuration and the hooks; nil for an empty configuration and no
  ///     hooks.
  ///   - product: the product whose tree is built.
  package init(site: FilePath? = nil, product: String = "test") throws {
    fixture = try Fixture()
    let ref = "os/\(product)/amd64/master"
    repository = try RepositoryFixture(fixture, tree: try SmallTree.make(fixture), ref: ref)
    signingKey = try SigningFixture(fixture, name: "etc/gnupg")
    let own = Checkout.directory
    try Shell.run(
      """
      mkdir -p '\(directory)/bin' '\(cache)'
      cp '\(BuiltProgram.path)' '\(BuiltProgram.path)-engine' '\(directory)/bin'
      cp -R '\(own)'/{buildscript,helpers,lib,data} '\(directory)'
      """)
    if let site {
      try Shell.run("cp -R '\(site)'/{config,hooks} '\(directory)'")
    } else {
      _ = try fixture.makeDirectory("checkout/config")
      _ = try fixture.makeDirectory("checkout/hooks")
    }
    try writeSystemConfiguration()
  }

  /// Writes SYSCONFDIR/config.ini: the remote, its key, the signing key, the directory for
  /// published outputs, and `more`.
  package func writeSystemConfiguration(_ more: String = "", url: String? = nil) throws {
    try fixture.write(
      "etc/config.ini",
      """
      [ostree]
      url = \(url ?? "file://\(repository.path)")
      trusted_keys = \(repository.key.publicKey)
      [image]
      signing_keyid = \(signingKey.fingerprint)
      [publish]
      directory = \(published)
      \(more)
      """)
  }

  /// Adds a hook and enables it for the product `test`.
  package func addHook(_ group: String, _ name: String, _ text: String, mode: Int = 0o644) throws {
    try fixture.write("checkout/hooks/\(group)/\(name)", text, mode: mode)
    hooks[group, default: []].append(name)
    let sections = hooks.map { "[\($0.key)]\nhooks = \($0.value.joined(separator: " "))\n" }
    try fixture.write("checkout/config/product/test.ini", sections.joined())
  }

  /// Returns the program and its arguments.
  package func command(_ more: [String] = [], product: String = "test") -> [String] {
    [directory.appending("bin/image-builder").string]
      + ["--sysconfdir", system.string, "--cachedir", cache.string, "--product", product] + more
  }

  /// Runs the program to its end.
  package func build(
    _ more: [String] = [], product: String = "test", environment: [String: String] = [:]
  ) throws -> Outcome {
    try start(more, product: product, environment: environment).wait()
  }

  /// Starts the program.
  package func start(
    _ more: [String] = [], product: String = "test", environment: [String: String] = [:]
  ) throws -> RunningProgram {
    let command = command(more, product: product)
    return try RunningProgram(
      command[0], Array(command.dropFirst()), environment: environment)
  }

  /// Waits until a hook has created a file in the cache.
  ///
  /// - Throws: `ShellFailure` with the output of the program if that takes more than a minute.
  package func waitForMark(_ name: String, of program: RunningProgram) throws {
    for _ in 0..<1200 {
      if fixture.exists("cache/\(name)") { return }
      usleep(50_000)
    }
    program.send(SIGKILL)
    throw ShellFailure(command: "waiting for \(name)", outcome: program.wait())
  }

  /// Returns the directory of the newest published build.
  package func publishedDirectory() throws -> FilePath {
    FilePath(try Shell.run("ls -td '\(published)'/[!l]*/*/*/*/*/*/").lines[0]).lexicallyNormalized()
  }

  /// Returns the directory in which a build of the product `test` is published.
  package func publishedDirectory(ofVersion version: String) -> FilePath {
    fixture.path("published/test/master/amd64/amd64/base/test-master-amd64-amd64.\(version).base")
  }
}

/// The command that the tests run. The engine is in the same directory.
package enum BuiltProgram {
  package static let path = Checkout.directory.appending(".build/release/image-builder")
}

/// The state of the host that a build must not change.
package struct HostState: Equatable {
  package let mounts: [String]
  package let loopDevices: [String]
  package let processes: [String]

  /// - Parameter path: only mounts and processes that contain this path are considered, and loop
  ///   devices that are not of another fixture.
  package init(concerning path: FilePath) throws {
    mounts = try Shell.run("findmnt -rno TARGET,SOURCE").lines.filter { $0.contains(path.string) }
    loopDevices = try Shell.run("losetup -lnO NAME,BACK-FILE || true").lines.filter {
      $0.contains(path.string) || !$0.contains("/ib-test-")
    }
    let others = ["ps -eo", "findmnt", "gpg-agent --homedir \(path)", "http.server"]
    processes = try Shell.run("ps -eo pid,args").lines.filter { line in
      line.contains(path.string) && !others.contains { line.contains($0) }
    }
  }
}
