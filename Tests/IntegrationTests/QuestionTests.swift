import Foundation
import SystemPackage
import TestSupport
import Testing

/// Queries that need no build, made by an unprivileged user with the shipped configuration.
@Suite struct QuestionTests {
  private let fixture: Fixture

  init() throws {
    fixture = try Fixture()
    _ = try fixture.makeDirectory("etc")
    try Shell.run("chmod 755 '\(fixture.directory)'")
    try Checkout.copyConfiguration(to: fixture.path("config"))
  }

  /// Runs the program as the user `nobody`.
  private func ask(_ arguments: [String]) throws -> Outcome {
    try Shell.start(
      "/usr/bin/setpriv",
      [
        "--reuid=65534", "--regid=65534", "--clear-groups", BuiltProgram.path.string,
        "--configdir", fixture.path("config").string, "--sysconfdir", fixture.path("etc").string,
      ] + arguments)
  }

  /// The command is linked only with the C and C++ runtime libraries, the engine with the libraries
  /// of a build. Both are position-independent.
  @Test func onlyTheEngineHasTheLibrariesOfABuild() throws {
    func libraries(_ program: String) throws -> [Substring] {
      try Shell.run("readelf --dynamic '\(program)' | sed -n 's/.*(NEEDED).*\\[\\(.*\\)\\]/\\1/p'")
        .output.split(separator: "\n").map { $0.prefix { $0 != "." } }
    }
    let command = BuiltProgram.path.string
    let allowed: Set<Substring> = [
      "libc", "libm", "libgcc_s", "libstdc++", "ld-linux-x86-64", "ld-linux-aarch64",
    ]
    #expect(try Set(libraries(command)).subtracting(allowed).isEmpty)
    #expect(try libraries("\(command)-engine").contains("libostree-1"))
    for program in [command, "\(command)-engine"] {
      #expect(try Shell.run("readelf --file-header '\(program)'").output.contains("DYN ("))
    }
  }

  /// The libraries that the dynamic loader opens for a query, including those of child processes.
  @Test(arguments: ["--show-config", "--show-env", "--check", "--explain image:hooks"])
  func aQuestionLoadsNoLibraryOfABuild(option: String) throws {
    let question =
      "'\(BuiltProgram.path)' --configdir '\(fixture.path("config"))' --product eos \(option)"
    let loader = try Shell.start("/bin/sh", ["-c", "LD_DEBUG=libs \(question) 2>&1 >/dev/null"])
    #expect(loader.status == 0)
    #expect(loader.output.contains("find library=libc.so.6"))
    for library in ["ostree", "glib", "gpgme", "curl", "crypto", "gcrypt", "isal", "zstd"] {
      #expect(!loader.output.contains("find library=lib\(library)"))
    }
  }

  @Test(arguments: [
    ["-peos", "-Pen", "-naamd64", "--show-c"], ["-np=eos", "--pe", "en", "--dr", "--show-config"],
    ["--pr=eos", "--pers=en", "-n", "-aamd64", "--show-config", "--", "master"],
  ])
  func optionsAreReadAsByEIB(arguments: [String]) throws {
    let outcome = try ask(arguments)
    for line in ["product = eos", "personality = en", "dry_run = true", "branch = master"] {
      #expect(outcome.lines.contains(line), "\(line): \(outcome.errors)")
    }
  }

  /// Beginnings that EIB refuses, too, and those of options that EIB does not have.
  @Test(arguments: ["--p", "--lo", "--show", "--stage", "-xp"])
  func otherBeginningsAreRefused(option: String) throws {
    #expect(try ask([option, "x", "--show-config"]).status == 64)
  }

  @Test func everyShippedVariantPassesTheCheck() throws {
    let outcome = try ask(["--check-all"])
    #expect(outcome.status == 0)
    // The template of a product needs a URL.
    #expect(
      outcome.errors
        == "image-builder: warning: ostree:url is empty, so there is no OSTree repository to pull the "
        + "tree of eoscustom from; set it in config/product/eoscustom.ini or config/local.ini "
        + "(in eoscustom eos6.0 amd64 amd64 base and 39 more)\n")
    #expect(outcome.lines.count == 80)
    #expect(
      outcome.lines.allSatisfy {
        $0.hasSuffix($0.hasPrefix("eoscustom ") ? ": 1 warning" : ": ok")
      }, "\(outcome.output)")
    #expect(outcome.lines.contains("eos master amd64 amd64 pt_BR: ok"))
  }

  @Test func aCheckTellsAllMistakesAtOnce() throws {
    let product = try fixture.text("config/product/eos.ini")
    try fixture.write(
      "config/product/eos.ini",
      product.replacingOccurrences(of: "hooks_add = 10-debian", with: "hooks_add = 10-debain"))
    try fixture.write("config/local.ini", "[image]\ncompresion = xz\ncompression = xzz\nnothing\n")
    let outcome = try ask(["--check", "--product", "eos", "--personality", "en"])
    #expect(outcome.status == 65)
    #expect(outcome.output == "eos master amd64 amd64 en: 1 error\n")
    #expect(outcome.errors.contains("local.ini:4: neither [SECTION] nor OPTION = VALUE"))
    try fixture.write("config/local.ini", "[image]\ncompresion = xz\ncompression = xzz\n")
    let second = try ask(["--check", "--product", "eos", "--personality", "en"])
    #expect(second.status == 65)
    #expect(second.output == "eos master amd64 amd64 en: 3 errors\n")
    for text in [
      "local.ini:2: unknown option image:compresion; did you mean compression?",
      "local.ini:3: image:compression is 'xzz'; accepted: zst, xz, gz; did you mean xz?",
      "eos.ini:25: the hook 10-debain-tree that ostree:hooks names is not in", "10-debian-tree?",
    ] {
      #expect(second.errors.contains(text), "\(text): \(second.errors)")
    }
    let everything = try ask(["--check-all", "--json"])
    #expect(everything.status == 65)
    let object = try JSONSerialization.jsonObject(with: Data(everything.output.utf8))
    let variants = (object as? [String: [[String: Any]]])?["variants"]
    #expect(variants?.count == 80)
    #expect(variants?.allSatisfy { $0["ok"] as? Bool == false } == true)
    let errors = variants?.first { $0["product"] as? String == "eos" }?["errors"]
    let files = (errors as? [[String: Any]])?.compactMap { $0["file"] as? String }
    #expect(files?.contains(fixture.path("config/product/eos.ini").string) == true)
  }

  @Test(arguments: ["--configdir", "--sysconfdir"])
  func aDirectoryThatIsNotThereIsRefused(option: String) throws {
    let outcome = try Shell.start(
      BuiltProgram.path.string, [option, "/nonexistent", "--show-config"])
    #expect(outcome.status == 65)
    #expect(
      outcome.errors.hasSuffix(
        "error: /nonexistent: no such directory; \(option) requires an existing directory\n"))
  }

  @Test func aDirectoryWithoutConfigurationIsRefused() throws {
    let directory = try fixture.makeDirectory("empty/product").removingLastComponent()
    let outcome = try Shell.start(
      BuiltProgram.path.string, ["--configdir", directory.string, "--check"])
    #expect(outcome.status == 65)
    #expect(outcome.errors.contains("\(directory): contains no configuration file"))
  }

  @Test(arguments: [["--stages", "ostree,imag"], ["--from-stage", "all"]])
  func aQuestionRefusesAStageThatDoesNotExist(option: [String]) throws {
    let outcome = try ask(option + ["--check", "--product", "eos", "--personality", "en"])
    #expect(outcome.status == 64)
    #expect(outcome.output == "")
    #expect(outcome.errors.contains("there is no stage \(option[1].split(separator: ",").last!);"))
  }

  @Test func theStageCommandNeedsAName() throws {
    let outcome = try Shell.start(BuiltProgram.path.string, ["stage"])
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains("Missing expected argument '<name>'"))
  }

  @Test(arguments: ["--configdir", "--localdir", "--sysconfdir", "--cachedir", "--verify"])
  func anEmptyNameIsNotTheWorkingDirectory(option: String) throws {
    let outcome = try Shell.start(BuiltProgram.path.string, [option, ""])
    #expect(outcome.status == 64)
    #expect(
      outcome.errors.contains(#/requires a directory( or URL)?, not an empty name\./#)
        && outcome.errors.contains("\(option) requires"))
  }

  @Test func aFleetIsCheckedAndShownAsItIsBuilt() throws {
    try fixture.write(
      "config/fleet/nightly.ini", fixture.text("config/fleet/nightly.ini.example"))
    let all = try ask(["--check-all", "--fleet", "nightly"])
    #expect(all.status == 0, "\(all.errors)")
    #expect(all.lines.count == 8)
    let some = try ask(
      ["--check-all", "--fleet", "nightly", "--only", "eos", "--only=fr", "--only", "es"])
    #expect(some.lines == ["eos master amd64 amd64 es: ok", "eos master amd64 amd64 fr: ok"])
    let misspelt = try ask(["--check-all", "--fleet", "nightly", "--skip", "pt_BT"])
    #expect(misspelt.status == 65)
    #expect(misspelt.errors.contains("--skip 'pt_BT' matches no variant"))
    #expect(misspelt.errors.contains("did you mean pt_BR?"))
    #expect(try ask(["--only", "eos", "--check"]).status == 64)
    let unknown = try ask(["--fleet", "nigthly", "--show-config"])
    #expect(unknown.status == 65 && unknown.errors.contains("did you mean nightly?"))
    let variables = try fixture.write("one.ini", "[fleet]\njobs = 3\n")
    let shown = try ask(["--fleet", "nightly", "--vars", variables.string, "--show-env"])
    for line in [
      "EIB_FLEET=nightly", "EIB_FLEET_JOBS=3", "EIB_FLEET_MAX_AGE=7d",
      "EIB_PUBLISH_DIRECTORY=/srv/images/nightly",
    ] {
      #expect(shown.lines.contains(line), "\(line): \(shown.errors)")
    }
    let explained = try ask(["--fleet", "nightly", "--explain", "publish:directory"])
    #expect(explained.output.contains("config/fleet/nightly.ini"))
    #expect(try ask(["--vars", "/nowhere.ini", "--check-all"]).status == 65)
    #expect(try ask(["--vars", "", "--check-all"]).status == 64)
    #expect(try ask(["--fleet", "", "--check-all"]).status == 64)
  }

  @Test(arguments: ["--show-config", "--show-env", "--check", "--check-all", "--explain=image"])
  func anAnswerThatCannotBeWrittenIsAFailure(question: String) throws {
    let outcome = try Shell.start(
      "/bin/sh", ["-c", #""$0" "$1" >/dev/full"#, BuiltProgram.path.string, question])
    #expect(outcome.status == 2)
    #expect(
      outcome.errors.hasSuffix(
        "error: standard output cannot be written: No space left on device\n"))
  }

  @Test func anExplanationNamesTheLineOfEachWord() throws {
    let outcome = try ask(["--product", "eos", "--explain", "image:kernel_args"])
    #expect(outcome.status == 0)
    #expect(
      outcome.output.contains("- \(fixture.path("config/product/eos.ini")):19  kernel_args_del"))
    let json = try ask(["--product", "eos", "--explain", "image", "--json"])
    let object = try JSONSerialization.jsonObject(with: Data(json.output.utf8))
    let options = (object as? [String: [[String: Any]]])?["options"]
    #expect((options?.count ?? 0) > 15)
    #expect(options?.contains { $0["variable"] as? String == "EIB_IMAGE_COMPRESSION" } == true)
    let unknown = try ask(["--product", "eos", "--explain", "image:compresion"])
    #expect(unknown.status == 65)
    #expect(unknown.errors.contains("did you mean image:compression?"))
  }

  @Test func questionsExcludeEachOther() throws {
    #expect(try ask(["--check", "--show-config"]).status == 64)
    #expect(try ask(["--json"]).status == 64)
    #expect(try ask(["--explain", "image", "--private"]).status == 64)
  }
}
