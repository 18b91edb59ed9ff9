import Foundation
import SystemPackage
import TestSupport
import Testing

/// Trees that were modified, or signed by an unknown key, are not deployed.
@Suite(.serialized) struct UntrustedTreeTests {
  let checkout: CheckoutFixture

  init() throws {
    checkout = try CheckoutFixture()
  }

  @Test func aChangedCommitInTheRemoteIsRefused() throws {
    try RepositoryFixture.damage(
      checkout.repository.object(checkout.repository.commit, "commit"))
    try checkout.expectFailure(try checkout.build(), 2, "the ostree stage failed: ")
    try checkout.expectNothingDeployed()
  }

  @Test func aChangedFileInTheRemoteIsRefused() throws {
    let object = try Shell.run("find '\(checkout.repository.path)/objects' -name '*.filez' | sort")
      .lines[0]
    try RepositoryFixture.damage(FilePath(object))
    try checkout.expectFailure(try checkout.build(), 2, "the ostree stage failed: ")
    try checkout.expectNothingDeployed()
  }

  @Test func aChangedCommitInTheCacheIsRefused() throws {
    #expect(try checkout.build(["--stages", "ostree"]).status == 0)
    let commit = try Shell.run(
      "find '\(checkout.cache)/ostree' -name '\(checkout.repository.commit.dropFirst(2)).commit'"
    ).lines[0]
    try RepositoryFixture.damage(FilePath(commit))
    try checkout.expectFailure(
      try checkout.build(["--stages", "image"]), 2, "cannot be trusted, and nothing was deployed",
      "remove \(checkout.cache)/ostree/eos-amd64 to fetch it again")
    try checkout.expectFailure(try checkout.build(), 2, "error: the ostree stage failed")
    try checkout.expectNothingDeployed()
  }

  @Test func aChangedFileInTheCacheIsNamedAndCanBeFetchedAgain() throws {
    #expect(try checkout.build(["--stages", "ostree"]).status == 0)
    let repository = checkout.cache.appending("ostree/eos-amd64")
    let object = FilePath(
      try Shell.run("find '\(repository)/objects' -name '*.file' -size +100k | sort").lines[0])
    try RepositoryFixture.damage(object)
    let name = object.removingLastComponent().lastComponent!.string + object.stem!
    let remedy = "ostree fsck --delete --repo=\(repository)"
    try checkout.expectFailure(
      try checkout.build(), 2,
      "the image stage failed: no image was made, because objects of commit",
      name, remedy)
    let images = try Shell.run("find '\(checkout.cache)' -name 'test-*.img*'")
    #expect(images.output == "")
    try Shell.run("\(remedy) || true")
    let outcome = try checkout.build()
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  @Test func aTreeOfAnotherSignerIsRefused() throws {
    let other = try SigningFixture(checkout.fixture, name: "o")
    try checkout.fixture.write(
      "checkout/config/local.ini", "[ostree]\ntrusted_keys = \(other.publicKey)\n")
    try checkout.expectFailure(try checkout.build(), 2, "the ostree stage failed: ", "public key")
    try checkout.expectNothingDeployed()
  }

  @Test func aPullCutShortIsAnErrorAndTheNextBuildWorks() throws {
    let object = try Shell.run("find '\(checkout.repository.path)/objects' -name '*.filez' | sort")
      .lines[0]
    try Shell.run("cp -p '\(object)' '\(object).kept'; truncate -s 10 '\(object)'")
    let server = try HTTPServer(checkout.repository.path)
    try checkout.writeSystemConfiguration(url: server.url)
    try checkout.expectFailure(try checkout.build(), 2, "the ostree stage failed: cannot pull")
    try checkout.expectNothingDeployed()
    try Shell.run("mv '\(object).kept' '\(object)'")
    #expect(try checkout.build().status == 0)
  }
}
