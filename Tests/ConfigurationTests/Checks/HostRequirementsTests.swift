import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Configuration

@Suite struct HostRequirementsTests {
  /// Returns what is missing for a site whose image hooks are the files below `hooks/image`.
  private func missing(
    _ files: [String: (text: String, mode: Int)], _ ini: String = ""
  ) async throws -> (texts: [String], error: MissingRequirements) {
    let hooks = files.keys.filter { $0.hasPrefix("hooks/image/") }.map { $0.dropFirst(12) }
    let site = try Site([
      "config/defaults.ini": "[image]\nhooks_add = \(hooks.joined(separator: " "))\n\(ini)"
    ])
    for (path, file) in files { try site.fixture.write(path, file.text, mode: file.mode) }
    let reader = try String(
      contentsOfFile: Checkout.directory.appending("helpers/missing-modules").string,
      encoding: .utf8)
    try site.fixture.write("helpers/missing-modules", reader, mode: 0o755)
    let configuration = try site.load(product: "eos")
    let paths = try BuildPaths(configuration)
    let found = try HookFiles(section: "image", paths).hooks(of: configuration).found.map(\.path)
    let missing = try await HostRequirements().missing(for: configuration, found, paths)
    let texts = missing.map {
      $0.finding.text.replacingOccurrences(of: "\(site.fixture.directory)/", with: "")
    }
    return (texts.sorted(), MissingRequirements(missing))
  }

  @Test func allMissingPackagesAreToldAtOnce() async throws {
    let (texts, error) = try await missing(
      [:], "[buildroot]\npackages_add = nosuch-b dpkg\n  nosuch-a:amd64\n")
    #expect(
      texts == [
        "config/defaults.ini:4: the package nosuch-b of buildroot:packages is not installed; "
          + "install it: apt-get install nosuch-b",
        "config/defaults.ini:5: the package nosuch-a:amd64 of buildroot:packages is not installed; "
          + "install it: apt-get install nosuch-a:amd64",
      ])
    #expect(error.description.hasSuffix("\n  install: apt-get install nosuch-a:amd64 nosuch-b"))
    #expect(error.exitStatus == .unavailable)
  }

  @Test func packagesThatProvideOthersCount() {
    let packages = InstalledPackages(
      record: Array(
        """
        Package: mawk
        Status: install ok installed
        Provides: awk, interpreter (= 1)

        Package: removed
        Status: deinstall ok config-files
        Provides: gone

        Package: held
        Status: hold ok installed
        """.utf8))
    for name in ["mawk", "awk", "interpreter", "held", "mawk:amd64", "mawk=1.3"] {
      #expect(packages.contains(name), "\(name)")
    }
    for name in ["removed", "gone", "", "nosuch"] { #expect(!packages.contains(name), "\(name)") }
  }

  @Test func helpersThatAreNotThereAreTold() async throws {
    let text = """
      "${EIB_HELPERSDIR}"/nosuch-a x
      $EIB_HELPERSDIR/there; "$EIB_HELPERSDIR/nosuch/b"
      # $EIB_HELPERSDIR/comment
      [ ! -x "$EIB_HELPERSDIR"/optional ] || "$EIB_HELPERSDIR"/optional
      "$EIB_HELPERSDIR"/$name "$EIB_HELPERSDIR/part-$name" "$EIB_HELPERSDIR"

      """
    let texts = try await missing([
      "hooks/image/10-x": (text, 0o644),
      "hooks/image/20-y.chroot": ("\"$EIB_HELPERSDIR\"/nosuch-c\n", 0o644),
      "helpers/there": ("#!/bin/sh\n$EIB_HELPERSDIR/nosuch-d\n", 0o755),
    ]).texts
    #expect(
      texts == [
        "helpers/there:2: there is no helper helpers/nosuch-d; copy it to there",
        "hooks/image/10-x:1: there is no helper helpers/nosuch-a; copy it to there",
        "hooks/image/10-x:2: there is no helper helpers/nosuch/b; copy it to there",
        "hooks/image/20-y.chroot:1: there is no helper helpers/nosuch-c; copy it to there",
      ])
  }

  @Test func pythonModulesThatAreNotThereAreTold() async throws {
    let text = """
      #!/usr/bin/env python3
      import os, nosuch_module.part as part
      from nosuch.thing import x
      import own, nosuch_module
      gi.require_version('Nosuch', '1.0')
      require_version('Nosuch', version)
      try:
          import optional
      except ImportError:
          pass
      def later():
          import lazy

      """
    let texts = try await missing([
      "hooks/image/10-x": (text, 0o755),
      "hooks/image/20-y.chroot": (text, 0o755),
      "lib/own.py": ("import nosuch_below\n", 0o644),
      "lib/sitecustomize.py": ("print('\\t1\\tnothing of the site is run\\t')\n", 0o644),
      "hooks/image/30-z": ("#!/usr/bin/python3 -u\nif:\n", 0o755),
      "hooks/image/40-sourced": ("import nosuch\n", 0o644),
    ]).texts
    let debian = "Debian calls the package of such a"
    #expect(
      texts == [
        "hooks/image/10-x:2: there is no Python module nosuch_module; \(debian) module "
          + "python3-nosuch-module",
        "hooks/image/10-x:3: there is no Python module nosuch; \(debian) module python3-nosuch",
        "hooks/image/10-x:5: there is no GObject typelib Nosuch 1.0; \(debian) typelib "
          + "gir1.2-nosuch-1.0",
        "hooks/image/30-z:2: Python cannot read it: invalid syntax",
        "lib/own.py:1: there is no Python module nosuch_below; \(debian) module "
          + "python3-nosuch-below",
      ])
  }

  /// A program that may have ended, or that has changed where it looks for modules, may not need them.
  @Test(arguments: [
    "import sys\nif len(sys.argv) == 1:\n    sys.exit(0)\n",
    "import sys\nsys.path.insert(0, '/srv/lib')\n", "from sys import exit\nx or exit()\n",
    "import sys\nif x:\n    raise SystemExit\n", "import site\nsite.addsitedir('/srv')\n",
    "import os, sys\nsys.path += [os.environ['X']]\n",
  ])
  func whatIsNotCertainIsNotTold(beginning: String) async throws {
    let texts = try await missing([
      "hooks/image/10-x": ("#!/usr/bin/python3\n\(beginning)import nosuch\n", 0o755)
    ]).texts
    #expect(texts == [])
  }

  @Test func missingInterpretersAreToldWithTheirPackages() async throws {
    let (texts, error) = try await missing([
      "hooks/image/10-x": ("#!/nowhere/ruby\n", 0o755),
      "hooks/image/20-y.chroot": ("#!/nowhere/perl\n", 0o755),
    ])
    #expect(texts.count == 1)
    #expect(texts[0].hasPrefix("hooks/image/10-x:1: the program /nowhere/ruby of the #! line is"))
    #expect(error.description.hasSuffix("\n  install: apt-get install ruby"))
  }

  /// `--check` reports the same things, each once.
  @Test func theCheckReportsThem() async throws {
    let site = try Site([
      "config/defaults.ini": "[image]\nhooks_add = 10-x 20-y\n[buildroot]\npackages_add = nosuch\n"
    ])
    try site.fixture.write("hooks/image/10-x", "$EIB_HELPERSDIR/nosuch\n")
    try site.fixture.write("hooks/image/20-y", "#!/nowhere/perl\n", mode: 0o755)
    let check = await ConfigurationCheck(
      [try Variant(product: "eos", arch: "amd64")], try ConfigurationLoader(site.sources)
    ).checks[0]
    #expect(check.errors.count == 3, "\(check.errors)")
    for text in [
      "the package nosuch of", "helpers/nosuch; copy", "the program /nowhere/perl of the #! line",
    ] { #expect(check.errors.count { $0.text.contains(text) } == 1, "\(text): \(check.errors)") }
  }
}
