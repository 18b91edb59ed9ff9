import Configuration
import SystemPackage
import TestSupport
import Testing

/// The hook 10-debian-tree says whether its tree is up to date, and accepts a pinned commit.
@Suite struct DebianTreeAnswerTests {
  private static let ref = "os/eos/amd64/master"
  private let fixture: Fixture
  private let repository: FilePath
  private let hook = Checkout.directory.appending("hooks/ostree/10-debian-tree")
  private let environment: [String: String]

  init() throws {
    fixture = try Fixture()
    let tree = try fixture.makeDirectory("cache/tree")
    repository = tree.appending("repo")
    environment = [
      "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "EIB_ARCH": "amd64", "EIB_OSTREE_REF": Self.ref,
      "EIB_TREE_DIR": tree.string, "EIB_TREE_REPO": repository.string,
      "EIB_TREE_KEY": tree.appending("key.asc").string, "EIB_TREE_SUITE": "bookworm",
      "EIB_TREE_MIRROR": "http://mirror.example.org/debian",
      "EIB_HELPERSDIR": Checkout.directory.appending("helpers").string,
      "EIB_DATADIR": Checkout.directory.appending("data").string,
    ]
    try Shell.run("chmod -R a+rX '\(fixture.directory)'")
  }

  /// Asks the hook as a user who may write nothing.
  private func answer(_ more: [String: String] = [:]) throws -> String {
    let outcome = try Shell.start(
      "/usr/bin/setpriv",
      ["--reuid=65534", "--regid=65534", "--clear-groups", hook.string],
      environment: environment.merging(["EIB_FRESHNESS": "1"]) { $1 }.merging(more) { $1 })
    #expect(outcome.status == 0, "\(outcome.errors)")
    return outcome.output
  }

  /// Commits a tree as the hook does, without one.
  private func commit() throws -> String {
    try fixture.write("empty/usr/file", "content\n")
    let outcome = try Shell.start(
      "/bin/bash",
      [
        "-ec",
        """
        steps=$EIB_HELPERSDIR/debian-tree
        "$steps/apt-sources" > '\(fixture.path("sources"))'
        inputs=$("$steps/digest-inputs" '\(fixture.path("sources"))' '\(hook)' "$steps" \
          "$EIB_DATADIR/debian-tree" \
          "$EIB_HELPERSDIR"/{arrange-tree,trees.py,commit-tree,grub-images})
        ostree --repo="$EIB_TREE_REPO" init --mode=archive
        ostree --repo="$EIB_TREE_REPO" commit -b "$EIB_OSTREE_REF" --orphan -s x \
          --tree=dir='\(fixture.path("empty"))' --add-metadata-string=debian-tree.inputs="$inputs"
        sleep 0.1
        touch "$EIB_TREE_REPO"/summary.sig; echo summary > "$EIB_TREE_REPO"/summary
        echo signature > "$EIB_TREE_REPO"/summary.sig
        chmod -R a+rX "$EIB_TREE_DIR"
        """,
      ], environment: environment)
    try #require(outcome.status == 0, "\(outcome.errors)")
    return outcome.output.split(separator: "\n").first.map(String.init) ?? ""
  }

  @Test func theHookAnswersWithoutRootAndChangesNothing() throws {
    #expect(try answer() == "stale there is no key for it yet\n")
    try fixture.write("cache/tree/key.asc", "key\n")
    #expect(try answer() == "stale there is none yet\n")
    let commit = try commit()
    let listing = "find '\(fixture.path("cache"))' -printf '%p %s %T@\\n' | sort"
    let before = try Shell.run(listing).output
    #expect(try answer() == "fresh \(commit)\n")
    #expect(
      try answer(["EIB_TREE_PACKAGES": "more"])
        == "stale its inputs changed (options, hook, key or apt sources)\n")
    #expect(try Shell.run(listing).output == before)
  }

  @Test func aPinnedCommitIsNotReplaced() throws {
    try fixture.write("cache/tree/key.asc", "key\n")
    let commit = try commit()
    func run(_ pinned: String) throws -> Outcome {
      try Shell.start(
        hook.string, [],
        environment: environment.merging(
          ["EIB_PINNED_COMMIT": pinned, "EIB_TREE_PACKAGES": "more"]) { $1 })
    }
    let kept = try run(commit)
    #expect(kept.status == 0 && kept.output.contains("is not composed"), "\(kept.errors)")
    let absent = try run(String(repeating: "0", count: 64))
    #expect(absent.status == 1)
    #expect(absent.errors.contains("was not composed on this host or is gone"))
  }
}
