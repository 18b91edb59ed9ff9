import Bindings
import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// The remote of an installed system: its keys, its collection and its refs. Updates are pulled with
/// the `ostree` command, as on the system.
@Suite struct UpdateRemoteTests {
  private static let ref = RepositoryFixture.ref
  private static let keyDirectory = "usr/share/ostree/trusted.gpg.d"

  private let site: Site
  private var fixture: Fixture { site.fixture }
  private let source: RepositoryFixture
  private let tree: FilePath

  init() throws {
    site = try Site([:])
    tree = try SmallTree.make(site.fixture)
    source = try RepositoryFixture(site.fixture, tree: tree)
  }

  /// Puts the key into the tree, in the form that libostree reads.
  private func addKey(_ key: SigningFixture, _ name: String, options: String = "") throws {
    try Shell.run(
      """
      mkdir -p '\(tree)/\(Self.keyDirectory)'
      gpg --homedir '\(key.home)' --batch \(options) --export > '\(tree)/\(Self.keyDirectory)/\(name)'
      """)
  }

  /// Deploys the newest commit, with its remote.
  ///
  /// - Returns: what was reported, the configuration of the repository, and the deployment.
  private func install(
    _ more: String = ""
  ) throws -> (said: [String], configuration: String, deployment: FilePath) {
    try fixture.write(
      "config/defaults.ini",
      """
      [ostree]
      url = file://\(source.path)
      deploy_url = ${url}
      trusted_keys = \(source.key.publicKey)
      ref = \(Self.ref)
      ref_deploy = \(Self.ref)
      repodir = \(fixture.path("content"))
      \(more)
      """)
    let configuration = try site.load()
    let paths = try BuildPaths(configuration)
    let treeSource = try TreeSource(configuration, paths)
    let content = try Repository(openingOrCreatingBareAt: paths.contentRepository)
    try content.replaceRemote(treeSource.remote, trusting: treeSource.trustedKeys())
    for ref in try content.refs(ofRemote: "eos") ?? [] {
      try content.pull(
        ref, from: treeSource.remote, cancellation: Cancellation(), report: { _ in })
    }
    let commit = try treeSource.verifiedCommit(in: content)
    try Shell.run(
      "chattr -R -f -i '\(fixture.path("sysroot"))' || true; rm -rf '\(fixture.path("sysroot"))'")
    let sysroot = try Sysroot(initializingAt: fixture.makeDirectory("sysroot"))
    try sysroot.createStateroot("eos")
    try sysroot.repository.pullLocally(
      commit.checksum, from: content.path, cancellation: Cancellation())
    let deployment = try sysroot.deploy(
      commit.checksum, stateroot: "eos", origin: .refspec("eos:\(Self.ref)"), kernelArguments: [])
    let root = DeploymentRoot(deployment, sysroot: sysroot.path)
    let said = LineTail()
    try UpdateRemote(
      treeSource, try #require(treeSource.deployedURL), commit, say: said.append
    ).add(to: sysroot.repository, from: content, of: root)
    return (said.lines, try fixture.text("sysroot/ostree/repo/config"), root.path)
  }

  /// Pulls the newest commit into the system, which runs a deployment with these keys.
  private func update(keysOf deployment: FilePath) throws -> Outcome {
    try Shell.start(
      "/usr/bin/env",
      [
        "OSTREE_GPG_HOME=\(deployment)/\(Self.keyDirectory)", "ostree",
        "--repo=\(fixture.path("sysroot/ostree/repo"))", "pull", "eos",
      ])
  }

  @Test func keysOfTheTreeAreReplacedByUpdates() throws {
    let next = try SigningFixture(fixture, name: "n")
    try addKey(source.key, "site.gpg")
    try source.commit(tree, timestamp: 1_700_000_001)
    let (said, configuration, deployment) = try install()
    #expect(
      said == ["ostree:enable_p2p_updates has no effect, because the commit has no collection ID"])
    #expect(configuration.contains("branches=\(Self.ref);"), "\(configuration)")
    #expect(!fixture.exists("sysroot/ostree/repo/eos.trustedkeys.gpg"))

    // The system does not know the new key yet. The update that it accepts has both.
    try addKey(next, "next.gpg")
    try source.commit(tree, timestamp: 1_700_000_002, signedBy: next)
    let early = try update(keysOf: deployment)
    #expect(early.status != 0 && early.errors.contains("public key not found"), "\(early.errors)")
    try source.commit(tree, timestamp: 1_700_000_003)
    #expect(try update(keysOf: deployment).status == 0)
    let (_, _, updated) = try install()
    try Shell.run("rm '\(tree)/\(Self.keyDirectory)/site.gpg'")
    try source.commit(tree, timestamp: 1_700_000_004, signedBy: next)
    let rotated = try update(keysOf: updated)
    #expect(rotated.status == 0, "\(rotated.errors)")
  }

  @Test(arguments: [
    (name: nil, options: "", reason: "the tree has no keyrings (*.gpg) in /usr/share/ostree/"),
    ("site.asc", "--armor", "the tree has no keyrings (*.gpg) in /usr/share/ostree/trusted.gpg.d"),
    ("site.gpg", "--armor", "verify the commit: Can't check signature: public key not found"),
    ("other.gpg", "", "verify the commit: Can't check signature: public key not found"),
  ])
  func otherwiseTheRemoteHasTheKeysOfThePull(
    name: String?, options: String, reason: String
  ) throws {
    let other = try SigningFixture(fixture, name: "o")
    if let name { try addKey(name == "other.gpg" ? other : source.key, name, options: options) }
    try source.commit(tree, timestamp: 1_700_000_001)
    let (said, _, deployment) = try install("enable_p2p_updates = false")
    #expect(said.count == 1 && said[0].contains(reason), "\(said)")
    #expect(fixture.exists("sysroot/ostree/repo/eos.trustedkeys.gpg"))
    try source.commit(tree, timestamp: 1_700_000_002)
    let outcome = try update(keysOf: deployment)
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  /// The keys of this machine verify nothing.
  @Test func aLinkOutOfTheTreeIsResolvedInIt() throws {
    let outside = try fixture.makeDirectory("outside")
    try addKey(source.key, "site.gpg")
    try Shell.run(
      "cd '\(tree)/usr/share/ostree'; mv trusted.gpg.d/* '\(outside)'; rmdir trusted.gpg.d; "
        + "ln -s '\(outside)' trusted.gpg.d")
    try source.commit(tree, timestamp: 1_700_000_001)
    let (said, _, _) = try install("enable_p2p_updates = false")
    #expect(said.first?.contains("the tree has no keyrings (*.gpg) in /usr/") == true)
  }

  @Test func peerToPeerUpdatesNeedTheCollectionAndItsMetadata() throws {
    try Shell.run("ostree --repo='\(source.path)' config set core.collection-id org.example.Test")
    try addKey(source.key, "site.gpg")
    try source.commit(tree, timestamp: 1_700_000_001)
    let (said, enabled, deployment) = try install()
    #expect(said.isEmpty, "\(said)")
    #expect(enabled.contains("collection-id=org.example.Test"), "\(enabled)")
    #expect(enabled.contains("gpg-verify-summary=false"), "\(enabled)")
    let repository = fixture.path("sysroot/ostree/repo")
    #expect(
      try Shell.run("ostree --repo='\(repository)' rev-parse eos:ostree-metadata").output
        == Shell.run("ostree --repo='\(source.path)' rev-parse ostree-metadata").output)
    try Shell.run("ostree --repo='\(repository)' fsck --quiet")
    try source.commit(tree, timestamp: 1_700_000_002)
    let outcome = try update(keysOf: deployment)
    #expect(outcome.status == 0, "\(outcome.errors)")

    let (silent, disabled, _) = try install("enable_p2p_updates = false")
    #expect(silent.isEmpty, "\(silent)")
    #expect(!disabled.contains("collection-id"), "\(disabled)")
    #expect(disabled.contains("gpg-verify-summary=true"), "\(disabled)")
    #expect(!(try Shell.run("ostree --repo='\(repository)' refs").output.contains("metadata")))
  }
}
