import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Configuration

/// `--check` on a site with an open configuration, made for another builder.
@Suite struct ForeignSiteTests {
  private static let files = [
    "config/defaults.ini": """
    [image]
    hooks_add =
      10-wallpaper
      20-manifest
    sdboot = true
    iso = false
    [flatpak-remote-games]
    apps_add = org.example.Chess org.example.Draughts
    url = https://apps.example.org/games
    prio = 1
    [site]
    report =
    base =
    [ostree]
    url = https://os.example.org/repo
    """,
    "config/product/kiosk.ini": "[image]\niso = true\n", "config/branch/v5.1.ini": "",
    "config/arch/arm64.ini": """
    [flatpak-remote-books]
    prio = 2
    title = Books
    [flatpak-remote-games]
    apps_del = org.example.Chess com.example.OnlyOnBigMachines org.example.Atlas.fr
    """,
    "config/platform/board.ini": "", "config/personality/base.ini": "",
    "config/personality/fr.ini": "[flatpak-remote-games]\napps_add = org.example.Atlas.fr\n",
    "config/personality/en.ini": "[flatpak-remote-games]\napps_add = org.example.Atlas.en\n",
    "hooks/image/10-wallpaper": """
    [ -n "${EIB_IMAGE_WALLPAPER}" ] || exit 0
    cp "${EIB_IMAGE_WALLPAPER}" "${OSTREE_VAR}"/
    [[ "$EIB_SITE_MODE" = fast ]] || case "${EIB_SITE_KIND}" in big) echo "$EIB_SITE_KIND" ;; esac
    """,
    "lib/unused.py": "import os\nos.environ['EIB_NEVER_SET']\n",
    "lib/site.py": "import os\nprint('the commit at', os.environ['EIB_OUTDIR'])\n",
    "helpers/trees/commit": "#!/bin/bash\necho $EIB_NOWHERE\n",
    "helpers/trees/setup.sh": "\"${0%/*}\"/commit\n",
  ]
  private static let manifest = """
    #!/usr/bin/python3
    import site, json, os
    from pathlib import Path
    print('path/of/the', 'commit', os.environ.get('EIB_X'), site)
    """

  private func site(_ more: [String: String] = [:], manifest: String = manifest) throws -> Site {
    let site = try Site(Self.files.merging(more) { $1 })
    try site.fixture.write("hooks/image/20-manifest", manifest, mode: 0o755)
    return site
  }

  /// Returns the messages of the check, without the path of the fixture.
  private func messages(_ site: Site, _ variants: Variant...) async throws -> [String] {
    try await messages(site, variants)
  }

  private func messages(_ site: Site, _ variants: [Variant]) async throws -> [String] {
    await ConfigurationCheck(variants, try ConfigurationLoader(site.sources)).messages.map {
      $0.replacingOccurrences(of: "\(site.fixture.directory)/", with: "")
    }
  }

  private func variant(
    _ product: String = "plain", branch: String = "v5.1", arch: String = "amd64",
    platform: String? = nil, personality: String = "en"
  ) throws -> Variant {
    try Variant(
      product: product, branch: branch, arch: arch, platform: platform, personality: personality)
  }

  @Test func pythonReadsOptionsByTheirNames() {
    let text = ScriptText(
      """
      tables = [('image', 'iso'), ['image', 'qcow2']]
      if config.getboolean('image', "sdboot", fallback=False):
          print(config['kiosk']['url'], config['site'])
      for name, value in config.items("tools"):
      """, isPython: true)
    #expect(
      text.readOptions == ["image:sdboot": 2, "kiosk:url": 3, "site:": 3, "tools:": 4])
  }

  private static let noSystemdBoot =
    "warning: image:sdboot (config/defaults.ini:5) has no effect: neither the program nor a hook "
    + "of this variant reads it, so the image starts with its tree's boot loader, not with "
    + "systemd-boot"

  @Test func whatIsRightHasNoWarning() async throws {
    let site = try site([
      "config/product/plain.ini":
        "[image]\nwallpaper = w.png\nsdboot = false\n[flatpak]\nenable = off\n"
    ])
    try site.fixture.write("hooks/image/30-plain", "true\n", mode: 0o755)
    try site.fixture.write("config/local.ini", "[image]\nhooks_add = 30-plain\n")
    let found = try await messages(
      site, variant(), variant(arch: "arm64", platform: "tablet"),
      variant(branch: "v6.0", arch: "arm64", platform: "board2", personality: "fr_CA"))
    #expect(found == [], "\(found)")
  }

  @Test func misspeltNamesAreStillToldOnce() async throws {
    let site = try site([
      "config/product/plain.ini":
        "[image]\nsdboot =\nwalpaper = x\n[flatpak-remote-books]\ntitel = B\n"
        + "[flatpak]\nenable = 0\n",
      "config/local.ini": "[flatpak-remote-games]\napps_del = org.example.Ches\n",
      "hooks/image/10-wallpaper": "[ -z \"$EIB_IMAGE_SDBOTO\" ] && exit\ntrue $EIB_OUTDRI\n",
    ])
    try site.fixture.write("config/platform-personality/bord-en.ini", "")
    let found = try await messages(
      site, variant(), variant(platform: "bord", personality: "fr"))
    for text in [
      "warning: config/platform-personality/bord-en.ini is never read; ",
      "did you mean board-en.ini?",
      "warning: unknown platform 'bord'; did you mean board?",
      "warning: config/product/plain.ini:5: unknown option flatpak-remote-books:titel; did you mean title?",
      "apps_del_local removes 'org.example.Ches', which no _add option adds; did you mean "
        + "org.example.Chess?",
      "10-wallpaper:1: EIB_IMAGE_SDBOTO is set by no option of this variant and not by the builder; "
        + "did you mean EIB_IMAGE_SDBOOT?",
      "10-wallpaper:2: EIB_OUTDRI is set by no option",
      "warning: config/product/plain.ini:3: unknown option image:walpaper",
    ] {
      #expect(found.filter { $0.contains(text) }.count == 1, "\(text): \(found)")
    }
    #expect(found.count == 7, "\(found)")
  }

  @Test func whatIsAskedForAndNotDoneIsToldOnceForAllVariants() async throws {
    let files = [
      "config/product/plain.ini":
        "[image]\n[kolibri]\ninstall_channels =\n[site]\nreport = monthly\n",
      "config/local.ini": "[site]\nreport = ${base}/y\nbase = daily\n",
    ]
    let site = try site(files)
    let variants = try [variant(), variant(personality: "fr"), variant("kiosk")]
    let found = try await messages(site, variants)
    #expect(found.contains(Self.noSystemdBoot))
    let reason = "has no effect: neither the program nor a hook of this variant reads it"
    for text in [
      "site:report (config/local.ini:2)",
      "flatpak-remote-games:apps (config/personality/en.ini:2) \(reason), so the image gets no Flatpak apps",
    ] {
      #expect(found.filter { $0.contains(text) }.count == 1, "\(text): \(found)")
    }
    #expect(!found.contains { $0.contains("kolibri") || $0.contains("site:base") })
  }

  @Test func aHookThatReadsAnOptionDoesIt() async throws {
    let site = try site(
      [
        "hooks/image/10-wallpaper": "zip $EIB_IMAGE_SDBOOT \"${!EIB_KIOSK_@}\"\n",
        "lib/flatpaks.py": "import eib\nprint([s for s in c if s.startswith('flatpak-remote-')])\n",
        "lib/eib.py": "", "config/product/plain.ini": "[kiosk]\nurl = https://example.org\n",
      ], manifest: "#!/usr/bin/python3\nimport flatpaks\n")
    let found = try await messages(site, variant())
    #expect(found == [])
    let text = try ConfigurationLoader(site.sources)
      .load(variant(), settings: BuildSettings()).explanation(of: "image:sdboot", asJSON: false)
    #expect(text.contains("read by    \(site.fixture.path("hooks/image/10-wallpaper")):1\n"))
  }

  @Test func hooksThatUseTheModuleForFlatpaksInstallThem() async throws {
    let site = try site(
      [
        "config/product/plain.ini": "[image]\nsdboot = 0\n[flatpak]\nenable = true\n",
        "lib/eibflatpak.py": "class FlatpakManager:\n  names = ['flatpak-remote-']\n",
        "lib/eib.py": "",
      ], manifest: "#!/usr/bin/python3\nimport eib, eibflatpak\n")
    #expect(try await messages(site, variant(), variant(personality: "fr")) == [])
  }

  @Test func aFaultIsToldOnceThoughVariantsHaveOtherValues() async throws {
    let site = try site([
      "config/schema.ini": "[image]\nlogo_type = file\nwallpaper = path\n",
      "config/local.ini": "[image]\nsdboot =\nlogo = /nowhere/${build:personality}.png\n",
    ])
    let found = try await messages(
      site, variant(personality: "en"), variant(personality: "fr"), variant(personality: "base"))
    #expect(found.count { $0.contains("image:logo is '/nowhere/en.png'") } == 1)
    #expect(!found.contains { $0.contains("fr.png") || $0.contains("base.png") })
    #expect(found.count { $0.hasSuffix("did you mean wallpaper_type?") } == 1)
  }

  @Test func variantsWithoutFilesCanBeListed() async throws {
    let site = try site([
      "config/local.ini": "[variants]\nlist = kiosk/v6.0/arm64/rpi/* kiosk/*/amd64/amd64/en\n"
    ])
    let loader = try ConfigurationLoader(site.sources)
    #expect(
      try VariantList(loader).variants().map(\.name) == [
        "kiosk v5.1 amd64 amd64 en", "kiosk v6.0 arm64 rpi base", "kiosk v6.0 arm64 rpi en",
        "kiosk v6.0 arm64 rpi fr",
      ])
    try site.fixture.write("config/local.ini", "[variants]\nlist = kisk/v5.1/amd64/amd64/en\n")
    let error = #expect(throws: ConfigurationError.self) {
      try VariantList(ConfigurationLoader(site.sources)).variants()
    }
    #expect(error?.description.contains("did you mean kiosk/v5.1/amd64/amd64/en?") == true)
  }

  @Test func namesInPrivateFilesAreNotShown() async throws {
    let site = try site([
      "config/private.ini": """
      [sentinel-section]
      sentinel-option = short
      [image]
      sentinel-token = ${nowhere}
      hooks_add = 99-secret
      [upload]
      hooks = 1
      """,
      "config/product/plain.ini": "[image]\nsdboot =\nx = ${sentinel-toke}\n",
      "hooks/image/10-wallpaper": "echo $EIB_IMAGE_SENTINEL_TOKE\n",
    ])
    let found = try await messages(site, variant())
    #expect(!found.contains { $0.lowercased().contains("sentinel-") && !$0.contains("plain.ini") })
    #expect(!found.contains { $0.contains("EIB_IMAGE_SENTINEL_TOKEN") || $0.contains("-token") })
    #expect(!found.contains { $0.contains("[upload]") || $0.contains("upload:") })
    #expect(found.contains { $0.contains("private.ini:4: image:<private> refers to") }, "\(found)")
    #expect(
      found.contains { $0.contains("private.ini:1: unknown section [<private>]") }, "\(found)")
    try site.fixture.write("config/private.ini", "[image]\nsentinel = 1\nsentinel = 2\n")
    #expect(
      try await messages(site, variant()).contains {
        $0.contains("private.ini:3: option image:<private> is already set in this file")
      })
  }

  @Test func aFileOfTheWrongKindHasFewErrors() async throws {
    let site = try site([
      "config/local.ini": String(repeating: "echo these are no settings\n", count: 500)
    ])
    let found = try await messages(site, variant())
    #expect(found.count == 11)
    #expect(
      found.last == "error: config/local.ini: 490 more errors of this kind; is it the right file?")
  }
}
