import SystemPackage
import TestSupport
import Testing

/// Completions of the launcher, in a checkout with the built program. A mark shows whether the
/// program was compiled.
@Suite struct CompletionTests {
  private static let shells = ["bash", "zsh", "fish"]

  private let fixture: Fixture
  private var checkout: FilePath { fixture.path("checkout") }
  private var program: FilePath { fixture.path("checkout/.build/release/image-builder") }

  init() throws {
    fixture = try Fixture()
    try fixture.write(
      "checkout/helpers/compile", "#!/bin/sh\ntouch '\(fixture.path("compiled"))'\n", mode: 0o755)
    try fixture.write("checkout/site/config/product/school.ini", "[kiosk]\nurl = x\n")
    try fixture.write("checkout/site/config/fleet/nightly.ini", "[club]\nurl = x\n")
    try Shell.run(
      """
      cd '\(checkout)'; mkdir -p Sources .build/release
      cp -R '\(Checkout.directory)'/{image-builder,Package.swift,config,hooks,lib,buildscript} .
      rm -f config/{local,private}.ini
      cp '\(BuiltProgram.path)' .build/release
      ln -s /bin/false .build/release/image-builder-engine
      for shell in \(Self.shells.joined(separator: " ")); do
        ./image-builder --generate-completion-script "$shell" >../script."$shell"
      done
      """)
  }

  private func script(_ shell: String) -> FilePath { fixture.path("script.\(shell)") }

  private func replies(_ line: String) throws -> [String] {
    let outcome = try BashCompletion.replies(to: line, script: script("bash"), in: checkout)
    #expect(outcome.errors == "")
    return outcome.lines
  }

  @Test(arguments: shells) func theScriptIsCorrect(shell: String) throws {
    let outcome = try Shell.start("/usr/bin/env", [shell, "-n", script(shell).string])
    #expect(outcome.status == 0)
    #expect(outcome.errors == "")
    // The command has no subcommands, and therefore no help for subcommands.
    #expect(try !fixture.text("script.\(shell)").contains("Show subcommand help"))
  }

  @Test(arguments: [
    ("./image-builder --product ", ["eos", "eoscustom"]),
    ("./image-builder --product=eosc", ["eoscustom"]),
    ("./image-builder -P ", ["base", "en", "es", "fr", "pt_BR"]),
    ("./image-builder ", ["eos6.0", "master"]),
    ("./image-builder -p eos --debug m", ["master"]),
    ("./image-builder --platform a", ["amd64", "arm64"]),
    ("./image-builder --arch ", ["amd64", "arm64", "i386"]),
    ("./image-builder --localdir site -p ", ["eos", "eoscustom", "school"]),
    ("./image-builder --localdir=~/site -p s", ["school"]),
    ("./image-builder -d si", ["site"]),
    ("./image-builder --fleet ", []),
    ("./image-builder --localdir site --fleet ", ["nightly"]),
    ("./image-builder --localdir site --fleet=n", ["nightly"]),
    ("./image-builder --localdir site --fleet nightly --explain club:", ["url"]),
    ("./image-builder --localdir site --explain club:", []),
    ("./image-builder --progress ", ["auto", "plain", "json"]),
    ("./image-builder --from-stage p", ["publish"]),
    ("./image-builder --stages im", ["image"]),
    ("./image-builder --stages image,ostree,p", ["image,ostree,publish"]),
    ("./image-builder --show-", ["--show-config", "--show-env", "--show-apps"]),
    ("./image-builder --explain cac", ["cache", "cache:max_size"]),
    ("./image-builder --explain cache:", ["max_size"]),
    ("./image-builder --explain image:hook", ["hook_timeout", "hooks"]),
    ("./image-builder --explain=boot_test:mem", ["memory"]),
    ("./image-builder --localdir site --product school --explain kiosk:", ["url"]),
    ("./image-builder --explain kiosk:", []),
    ("./image-builder --explain cache: m", ["master"]),
    ("./image-builder master hel", []),
  ])
  func bashOffers(line: String, expected: [String]) throws {
    #expect(try replies(line) == expected)
  }

  /// Each shell has its own way to split, quote and replace what is typed.
  @Test(arguments: shells) func aTypedLineIsCompleted(shell: String) throws {
    let lines = [
      ("--product eosc", "<--product><eoscustom>"),
      ("-P pt", "<-P><pt_BR>"),
      ("eos6", "<eos6.0>"),
      ("--stages ostree,im", "<--stages><ostree,image>"),
      ("--explain boot", "<--explain><boot_test>"),
      ("--explain image:comp", "<--explain><image:compression>"),
      ("--explain image:hooks --ver", "<--explain><image:hooks><--verify>"),
      ("--localdir ./site -p sch", "<--localdir><./site><-p><school>"),
    ]
    let typed = lines.map { "./image-builder \($0.0)" } + ["~/image-builder -p eosc"]
    let outcome = try Shell.start(
      Checkout.directory.pushing("Tests/Fixtures/shells/type-lines.py").string,
      [shell, script(shell).string] + typed, environment: ["HOME": checkout.string],
      directory: checkout)
    #expect(
      outcome.lines == lines.map { "<./image-builder>\($0.1)" }
        + ["<\(checkout)/image-builder><-p><eoscustom>"], "\(outcome.errors)")
  }

  @Test func aBrokenConfigurationCompletesNothing() throws {
    try fixture.write("checkout/config/local.ini", "neither section nor option\n")
    #expect(try replies("./image-builder --explain ca") == [])
    try Shell.run("rm -r '\(checkout)/config'")
    #expect(try replies("./image-builder --product ") == [])
  }

  @Test(arguments: ["rm '$program'", "rm '$program-engine'", "touch Sources/New.swift"])
  func aProgramThatMustBeCompiledCompletesNothing(change: String) throws {
    #expect(try replies("./image-builder -p eosc") == ["eoscustom"])
    try Shell.run(
      "cd '\(checkout)'; \(change.replacing("$program", with: program.string))")
    #expect(try replies("./image-builder -p eosc") == [])
    let launcher = checkout.appending("image-builder").string
    let outcome = try Shell.start(
      launcher, ["---completion", "--", "--product", "2", "0", launcher, "-p", ""])
    #expect((outcome.status, outcome.output, outcome.errors) == (0, "", ""))
    #expect(!fixture.exists("compiled"))
    _ = try Shell.start(launcher, ["--help"])
    #expect(fixture.exists("compiled"))
  }
}
