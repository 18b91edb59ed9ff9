import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Configuration

/// The modules in `lib` that Python hooks import.
@Suite struct PythonLibraryTests {
  /// Runs a script with the interpreter of hooks, which need not be the one in the caller's PATH.
  private func python(_ arguments: [String]) throws -> Outcome {
    try Shell.start(
      "/usr/bin/python3", ["-B"] + arguments,
      environment: ["PYTHONPATH": Checkout.directory.appending("lib").string])
  }

  private func output(_ script: String, _ arguments: [String] = []) throws -> String {
    let outcome = try python(["-c", script] + arguments)
    try #require(outcome.status == 0, "\(outcome.errors)")
    return outcome.output
  }

  @Test func theParserMergesAsTheBuilderDoes() throws {
    let files = [
      ("defaults", "config/defaults.ini"), ("product_eos", "config/product/eos.ini"),
      ("personality_en", "config/personality/en.ini"), ("local", "config/local.ini"),
    ]
    let site = try Site([
      "config/defaults.ini": """
      [image]
      hooks_add = a b c
      hooks_add_defaults = d
      hooks_addon = kept
      flag = TRUE
      icon_grid_add = ${image:word} two
      word = o$$ne
      [flatpak-remote-x-y]
      apps_add = p
        q
      [kolibri]
      [buildroot]
      packages_add = jq
      """,
      "config/product/eos.ini": "[image]\nhooks_del = b z\nhooks_add = a z\nsettings = plain\n",
      "config/personality/en.ini":
        "[image]\nhooks_add = e\nsettings_add = x\n[flatpak-remote-x-y]\napps_del = p\n",
      "config/local.ini": "[image]\nhooks_del_local = ${hooks_add_personality_en}\n",
    ])
    let script = """
      import eib, json, sys
      config = eib.ImageConfigParser()
      for name, path in zip(sys.argv[1::2], sys.argv[2::2]):
          assert config.read_config_file(path, name)
      assert not config.read_config_file('/nonexistent', 'other')
      copy = config.copy()
      config.merge()
      assert 'hooks' not in copy['image']
      json.dump(config.get_environment(), sys.stdout)
      """
    let merged = try output(
      script, files.flatMap { [$0.0, site.fixture.path($0.1).string] })
    let found = try JSONDecoder().decode([String: String].self, from: Data(merged.utf8))
    #expect(found["EIB_IMAGE_HOOKS"] == "a\nc\nd")
    let configuration = try site.load(branch: "master")
    let expected = Dictionary(try configuration.environment().map { ($0.name, $0.value) }) { $1 }
    for (name, value) in found {
      #expect(expected[name] == value, "\(name)")
    }
    #expect(found["EIB_FLATPAK_REMOTE_X_Y_APPS"] == "q" && found["EIB_IMAGE_FLAG"] == "true")
  }

  /// The kernel's arguments are a list with an order and repetitions.
  @Test func theMergedOptionsAreThoseOfTheBuilder() throws {
    let script = "import eib; [print(*pair) for pair in eib.ImageConfigParser.MERGED_OPTIONS]"
    let own = Set(MergedOptions().all.map { "\($0.sectionPattern) \($0.option.text)" })
    let found = Set(try output(script).split(separator: "\n").map(String.init))
    #expect(found == own.subtracting(["image kernel_args"]))
  }

  @Test func theCommandLineIsThatOfEIB() throws {
    let script = """
      import argparse, eib
      parser = argparse.ArgumentParser()
      eib.add_cli_options(parser)
      found = parser.parse_args(['--pr', 'eos', '-Pen', '-n', '--lock-t', '5', 'eos6.0'])
      print(found.product, found.personality, found.dry_run, found.lock_timeout, found.branch,
            found.arch, found.show_config)
      """
    #expect(try output(script) == "eos en True 5 eos6.0 None False\n")
  }

  @Test func trustedKeysAreFound() throws {
    let fixture = try Fixture()
    let script = """
      import eib, os, sys
      config = eib.ImageConfigParser()
      config['build'].update(datadir=sys.argv[1], localdatadir=sys.argv[1] + '/local')
      try: print([os.path.relpath(key, sys.argv[1]) for key in eib.get_ostree_trusted_keys(config)])
      except eib.ImageBuildError as error: print(error)
      """
    let directory = fixture.directory.string
    #expect(
      try output(script, [directory])
        == "No gpg keys directories in \(directory)/keys \(directory)/local/keys\n")
    for name in ["keys/b.asc", "keys/README", "local/keys/c.asc", "keys/a.asc"] {
      try fixture.write(name, "")
    }
    #expect(try output(script, [directory]) == "['keys/a.asc', 'keys/b.asc', 'local/keys/c.asc']\n")
    try fixture.write("first/data/keys/d.asc", "")
    let several = script.replacing(
      "\ntry: print",
      with: "\nconfig['build']['localdirs'] = '/x:' + sys.argv[1] + '/first'\ntry: print")
    #expect(try output(several, [directory]).hasPrefix("['first/data/keys/d.asc', 'keys/a.asc', "))
  }

  @Test func mountsAndProcessesBelowADirectoryAreRemoved() throws {
    let fixture = try Fixture()
    let root = try fixture.makeDirectory("a root")
    let script = """
      import eib, os, subprocess, sys
      root = sys.argv[1]
      subprocess.check_call(['mount', '-t', 'tmpfs', 'tmpfs', root])
      os.makedirs(root + '/below')
      subprocess.check_call(['mount', '--bind', '/', root + '/below'])
      process = subprocess.Popen(['chroot', root + '/below', 'sleep', '600'])
      while not os.readlink(f'/proc/{process.pid}/root').startswith(root): pass
      eib.cleanup_root(root)
      print(process.wait() < 0, os.listdir(root))
      """
    let outcome = try Shell.start(
      "/usr/bin/unshare", ["--mount", "/usr/bin/python3", "-B", "-c", script, root.string],
      environment: ["PYTHONPATH": Checkout.directory.appending("lib").string])
    #expect(outcome.output == "True []\n", "\(outcome.errors)")
  }

  @Test func aRemotesCollectionIDIsRead() throws {
    let fixture = try Fixture()
    try Shell.run(
      """
      cd '\(fixture.directory)'; mkdir tree
      ostree --repo=with init --mode=archive --collection-id=org.example.Os
      ostree --repo=without init --mode=archive
      for repo in with without; do
        ostree --repo=$repo commit -b main --tree=dir=tree --owner-uid=0 >/dev/null
        ostree --repo=$repo summary -u
      done
      ostree --repo=own init --mode=archive; ostree --repo=empty init --mode=archive
      for repo in with without empty; do
        ostree --repo=own remote add --no-gpg-verify $repo "file://$PWD/$repo"
      done
      """)
    let script = """
      import eib, eibostree, sys
      from gi.repository import Gio, OSTree
      eib.retry = lambda function, *arguments: function(*arguments)
      repo = OSTree.Repo.new(Gio.File.new_for_path(sys.argv[1]))
      repo.open()
      for remote in 'with', 'without', 'empty':
          print(remote, eibostree.fetch_remote_collection_id(repo, remote))
      """
    #expect(
      try output(script, [fixture.path("own").string])
        == "with org.example.Os\nwithout None\nempty None\n")
  }

  /// What is tried, and what is expected, is in the script.
  @Test func flatpaksOfASignedRemoteAreInstalled() throws {
    let script = Checkout.directory.appending("Tests/Fixtures/library/flatpaks").string
    let outcome = try python([script])
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  @Test func channelsAreSeededOnServersOfKnownVersions() throws {
    let script = Checkout.directory.appending("Tests/Fixtures/library/seed-channels").string
    func seed(_ version: String, exists: Bool) throws -> [String] {
      let outcome = try python([script, version, "\(exists)"])
      try #require(outcome.status == 0, "\(outcome.errors)")
      return outcome.lines
    }
    let tasks = "/api/tasks/tasks/"
    #expect(
      try seed("0.15.3", exists: false) == [
        "False", "True", "\(tasks)startremotechannelimport/ - -",
        "\(tasks)startremotecontentimport/ - -", "passwords [None]",
      ])
    #expect(
      try seed("0.16.1", exists: true) == [
        "False", "True", "\(tasks) remotechanneldiffstats -", "\(tasks) remoteimport True",
        "\(tasks) remoteimport False", "passwords [None]",
      ])
    #expect(
      try seed("0.17.0", exists: true)[1]
        == "Unsupported remote Kolibri version \"0.17.0\" of http://HOST/; known are 0.15, 0.16")
  }
}
