import SystemPackage
import TestSupport
import Testing

/// A tree that belongs to a collection: the metadata of the collection is pulled with it.
@Suite struct CollectionTests {
  private let checkout: CheckoutFixture

  init() throws {
    checkout = try CheckoutFixture()
    try checkout.fixture.write(
      "checkout/config/local.ini", "[ostree]\ndeploy_url = http://updates.invalid/repo\n")
    // What is shown is all that is needed of the image.
    try checkout.addHook(
      "image", "50-show",
      """
      repository=$EIB_OSTREE_CHECKOUT/ostree/repo
      ostree --repo="$repository" refs --list
      cat "$repository"/config
      exit 1

      """)
    try ostree("config set core.collection-id org.example.Test")
    try checkout.repository.commit(checkout.fixture.path("tree"), ref: "os/test/amd64/master")
  }

  private func ostree(_ command: String) throws {
    try Shell.run("ostree --repo='\(checkout.repository.path)' \(command)")
  }

  private var signature: String { checkout.repository.key.ostreeOptions }

  @Test func theMetadataIsPulledOrMissed() throws {
    let outcome = try checkout.build()
    try checkout.expectFailure(
      outcome, 2, "eos:ostree-metadata\n", "collection-id=org.example.Test\n",
      "branches=os/test/amd64/master;\n",
      "the tree has no keyrings (*.gpg) in /usr/share/ostree/trusted.gpg.d")

    try ostree("config unset core.collection-id")
    try ostree("refs --delete ostree-metadata")
    try ostree("summary --update \(signature)")
    let without = try checkout.build()
    try checkout.expectFailure(
      without, 2, "collection-id=org.example.Test\n",
      "ostree: warning: file://\(checkout.repository.path) has no ref ostree-metadata, so that "
        + "installed systems cannot be updated from other computers and drives")
    #expect(!without.errors.contains("eos:ostree-metadata"))

    let empty = try checkout.fixture.makeDirectory("empty")
    try ostree("commit -b ostree-metadata --tree=dir='\(empty)'")
    try ostree("summary --update \(signature)")
    try checkout.expectFailure(
      try checkout.build(), 2, "has the ref ostree-metadata, which is needed for updates",
      "or set ostree:enable_p2p_updates = false")
    try checkout.fixture.write(
      "checkout/config/local.ini",
      "[ostree]\ndeploy_url = http://updates.invalid/repo\nenable_p2p_updates = false\n")
    let disabled = try checkout.build()
    try checkout.expectFailure(disabled, 2, "[remote \"eos\"]\n", "gpg-verify-summary=true\n")
    #expect(!disabled.errors.contains("collection-id"))
  }
}
