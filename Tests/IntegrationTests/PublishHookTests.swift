import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Configuration

/// Hooks of the groups check and publish may do anything with the outputs. What is published before
/// the publish hooks run, and what a later hook uploads, verifies.
@Suite(.serialized) struct PublishHookTests {
  private static let name = "test-master-amd64-amd64.7.base"

  private let checkout: CheckoutFixture
  private var outputs: FilePath {
    checkout.cache.appending("build/test-master-amd64-amd64-base/out")
  }

  init() throws {
    checkout = try CheckoutFixture()
    try checkout.fixture.write("checkout/config/defaults.ini", "[image]\nextra_space = 0\n")
    for (hook, text) in [
      ("check/50-note", "echo checked > \"$EIB_OUTDIR\"/note\n"),
      ("publish/40-log", "cp \"$EIB_TMPDIR\"/build.txt \"$(eib_outfile build.txt)\"\n"),
      // The list of a site that wants one line for each checksum file.
      (
        "publish/42-sums",
        """
        cd "$EIB_OUTDIR"
        for file in *.sha256; do
          read -r _ name <"$file"
          [ ! -f "$name" ] || cat "$file"
        done >SHA256SUMS
        sign_file "$EIB_OUTDIR/SHA256SUMS" "$EIB_OUTDIR/SHA256SUMS.gpg"

        """
      ),
      (
        "publish/45-upload",
        "rm -rf \"$EIB_CACHEDIR\"/uploaded; cp -R \"$EIB_OUTDIR\" \"$EIB_CACHEDIR\"/uploaded\n"
      ),
      (
        "publish/50-page",
        """
        cd "$EIB_OUTDIR"
        mkdir release
        echo page | tee page.html release/notes >keys.asc
        checksum_file page.html
        sign_file page.html

        """
      ),
      ("publish/60-gate", "[ ! -e \"$EIB_CACHEDIR\"/gate ] || . \"$EIB_CACHEDIR\"/gate\n"),
    ] {
      let parts = hook.split(separator: "/").map(String.init)
      try checkout.addHook(parts[0], parts[1], text)
    }
    try checkout.fixture.write("cache/gate", "exit 1\n")
    try checkout.expectFailure(
      try checkout.build(["--build-version", "7"]), 2, "the hook publish/60-gate")
  }

  /// Runs the publish stage again. The last hook runs `script`.
  private func publish(_ script: String) throws -> Outcome {
    try checkout.fixture.write("cache/gate", script + "\n")
    return try checkout.build(["--from-stage", "publish"])
  }

  /// What was published before the hooks ran does not change, and is not listed until they succeed.
  private func expectPublishedOutputsOnly(location: SourceLocation = #_sourceLocation) throws {
    try expectVerified(checkout.publishedDirectory(), 6, location: location)
    let index = checkout.published.appending("index.json")
    #expect(!Directories.exists(index), sourceLocation: location)
  }

  private func expectVerified(
    _ directory: FilePath, _ files: Int, location: SourceLocation = #_sourceLocation
  ) throws {
    let key = ["--key", checkout.signingKey.publicKey.string]
    let outcome = try checkout.build(["--verify", directory.string] + key)
    #expect(outcome.status == 0, "\(outcome.errors)", sourceLocation: location)
    #expect(
      outcome.output.hasPrefix("\(files) files verified; \(Self.name).img.zst boots"),
      "\(outcome.output)", sourceLocation: location)
  }

  @Test func whatHooksAddIsListedAndWhatTheyChangeIsRefused() throws {
    for (script, findings) in [
      ("ln -s \(Self.name).img.zst \"$EIB_OUTDIR\"/latest", ["latest: is a symbolic link"]),
      ("mkdir \"$EIB_OUTDIR\"/empty", ["empty: an empty directory"]),
      (
        "echo 1 > \"$(eib_outfile img.zst).size\"; echo x > \"$(eib_outfile img.zst).sha256\"",
        ["\(Self.name).img.zst.size: says '1", "\(Self.name).img.zst.sha256: says 'x"]
      ),
      (
        "echo x > \"$(eib_outfile img.zst).asc\"; rm \"$(eib_outfile img.asc)\"",
        [
          "\(Self.name).img.zst.asc: is not one armored signature",
          "\(Self.name).img.asc: is missing",
        ]
      ),
      (
        "mv \"$(eib_outfile ostree.txt)\" \"$EIB_CACHEDIR\"/kept",
        ["\(Self.name).ostree.txt: was removed"]
      ),
    ] {
      let outcome = try publish(script)
      try checkout.expectFailure(
        outcome, 2, "the outputs do not verify after the hook publish/60-gate:")
      for finding in findings { #expect(outcome.errors.contains(finding), "\(outcome.errors)") }
      try expectPublishedOutputsOnly()
    }
    // What a hook has taken away is needed to go on.
    try checkout.expectFailure(
      try publish(":"), 65, "ostree.txt was removed since the manifest stage")
    try Shell.run("mv '\(checkout.cache)/kept' '\(outputs)/\(Self.name).ostree.txt'")

    let outcome = try publish(
      """
      cd "$EIB_OUTDIR"
      chmod 600 *
      rm page.html.asc
      echo 2 > keys.asc
      cp "$(eib_outfile img.zst)" other.img.zst
      """)
    #expect(outcome.status == 0, "\(outcome.errors)")
    for line in [
      "publish/42-sums: replaced SHA256SUMS, which is written again and lists all 6 files",
      "publish/50-page: added page.html, which SHA256SUMS lists now",
      "publish/50-page: added release/notes, which SHA256SUMS lists now",
      "publish/50-page: added page.html.asc\n",
    ] {
      #expect(outcome.errors.contains(line), "\(line) in \(outcome.errors)")
    }
    #expect(
      outcome.errors.contains(
        "publish: \(try checkout.publishedDirectory()) is what is to be published; nothing is sent"),
      "\(outcome.errors)")
    try expectVerified(checkout.cache.appending("uploaded"), 6)
    try expectVerified(checkout.publishedDirectory(), 6)
    try expectVerified(outputs, 10)
    let index = try checkout.fixture.text("published/index.json")
    #expect(index.contains("\"latest\" : \"\(Self.name)\""), "\(index)")
  }

  @Test func aChangedFileIsNamed() throws {
    let file = "\(Self.name).config.ini"
    try checkout.expectFailure(
      try publish("echo >> \"$(eib_outfile config.ini)\""), 2,
      "the outputs do not verify after the hook publish/60-gate:",
      "\(file): its SHA-256 was ")
    try checkout.expectFailure(
      try publish(":"), 65, "\(file) was changed since the manifest stage")
    try expectPublishedOutputsOnly()
  }

  /// A list that nobody can sign must not replace one that a hook has signed.
  @Test func aSignatureThatHooksMadeIsKeptOrMissed() throws {
    try checkout.fixture.write("checkout/config/local.ini", "[image]\nsigning_keyid =\n")
    try checkout.fixture.write(
      "checkout/hooks/publish/42-sums",
      """
      cp -R '\(checkout.signingKey.home)' /tmp/home
      rm -f /tmp/home/S.*
      cd "$EIB_OUTDIR"
      gpg --homedir /tmp/home --batch --yes --armor -b -o SHA256SUMS.gpg SHA256SUMS

      """)
    try checkout.expectFailure(
      try checkout.build(["--build-version", "8"]), 2,
      "the outputs do not verify after the hook publish/50-page:",
      "SHA256SUMS.gpg: is not the signature of the complete SHA256SUMS, and image:signing_keyid and"
    )
    try checkout.fixture.write("checkout/hooks/publish/50-page", ":\n")
    let outcome = try publish(":")
    #expect(outcome.status == 0, "\(outcome.errors)")
    try Shell.run(
      """
      cd '\(outputs)'; sha256sum --quiet -c SHA256SUMS
      gpg --homedir '\(checkout.signingKey.home)' --batch --verify SHA256SUMS.gpg SHA256SUMS 2>&1
      """)
  }
}
