import Foundation
import SystemPackage

/// A checkout of its own with the built program, a small tree to build from, and directories for
/// settings and cache, all inside a fixture.
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
  ///   - site: a folder whose config and hooks replace those of the checkout; nil makes
  ///     an empty config and no hooks.
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

  /// Writes SYSCONFDIR/config.ini: the remote, its key, the signing key, and `more`.
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

  /// Adds a hook and has it run.
  package func addHook(_ group: String, _ name: String, _ text: String, mode: Int = 0o644) throws {
    try fixture.write("checkout/hooks/\(group)/\(name)", text, mode: mode)
    hooks[group, default: []].append(name)
    let sections = hooks.map { "[\($0.key)]\nhooks = \($0.value.joined(separator: " "))\n" }
    try fixture.write("checkout/config/product/test.ini", sections.joined())
  }

  /// The program and its arguments.
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

  /// Waits until a hook has made a file in the cache.
  ///
  /// - Throws: `ShellFailure` with what the program said when that takes too long.
  package func waitForMark(_ name: String, of program: RunningProgram) throws {
    for _ in 0..<1200 {
      if fixture.exists("cache/\(name)") { return }
      usleep(50_000)
    }
    program.send(SIGKILL)
    throw ShellFailure(command: "waiting for \(name)", outcome: program.wait())
  }

  /// The directory that the newest build was published to.
  package func publishedDirectory() throws -> FilePath {
    FilePath(try Shell.run("ls -td '\(published)'/*/").lines[0]).lexicallyNormalized()
  }
}

/// The command that the tests run; its engine is beside it.
package enum BuiltProgram {
  package static let path = Checkout.directory.appending(".build/release/image-builder")
}

/// What a build must leave as it was.
package struct HostState: Equatable {
  package let mounts: [String]
  package let loopDevices: String
  package let processes: [String]

  /// - Parameter path: only mounts and processes that have to do with it count.
  package init(concerning path: FilePath) throws {
    mounts = try Shell.run("findmnt -rno TARGET,SOURCE").lines.filter { $0.contains(path.string) }
    loopDevices = try Shell.run("losetup -lnO NAME,BACK-FILE || true").output
    let others = ["ps -eo", "findmnt", "gpg-agent --homedir \(path)", "http.server"]
    processes = try Shell.run("ps -eo pid,args").lines.filter { line in
      line.contains(path.string) && !others.contains { line.contains($0) }
    }
  }
}
