import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Configuration

@Suite struct HookLintTests {
  /// Returns the errors and warnings about one image hook, in a checkout with `more` files.
  private func findings(
    _ text: String, name: String = "10-x", mode: Int = 0o644, more: [String: String] = [:]
  ) async throws -> [String] {
    let files = [
      "config/schema.ini": "[schema]\nunknown = error\n",
      "config/defaults.ini": "[image]\nhooks_add = \(name)\n",
      "config/product/eos.ini": "", "config/branch/master.ini": "",
      "config/personality/en.ini": "",
      "etc/config.ini": "[ostree]\nurl = https://os.example.org/repo\n",
    ]
    let site = try Site(files.merging(more) { $1 })
    try site.fixture.write("hooks/image/\(name)", text, mode: mode)
    let variant = try Variant(product: "eos", arch: "amd64", personality: "en")
    let check = await ConfigurationCheck([variant], try ConfigurationLoader(site.sources)).checks[0]
    return (check.errors + check.warnings).map {
      $0.text.replacingOccurrences(of: "\(site.fixture.directory)/", with: "")
    }
  }

  @Test func variablesThatNothingExportsAreNamedWithTheNearest() async throws {
    #expect(
      try await findings("echo $EIB_OUTDIR\ncp x \"${EIB_OUTDR}/y\"\n") == [
        "hooks/image/10-x:2: EIB_OUTDR is set by no option of this variant and not by the "
          + "builder; did you mean EIB_OUTDIR?"
      ])
  }

  @Test(arguments: [
    "EIB_OWN=1; echo $EIB_OWN", "local EIB_OWN; echo $EIB_OWN", "read -r EIB_OWN; echo $EIB_OWN",
    "echo ${EIB_NOSUCH:-none} ${EIB_NOSUCH+x}", "[[ -v EIB_NOSUCH ]] && echo $EIB_NOSUCH",
    "EIB_OWN+=(1)", "for EIB_OWN in a; do :; done; echo ${EIB_OWN}", "# $EIB_COMMENT",
    "true # EIB_X",
    "printf -v EIB_OWN %s x; echo $EIB_OWN", "while getopts a: EIB_OWN; do echo $EIB_OWN; done",
    "read -r EIB_A EIB_B; echo $EIB_B", ": \"${EIB_OWN:=5}\"; echo $EIB_OWN",
    "(( EIB_OWN = 3 )); echo $EIB_OWN", "exec {EIB_OWN}>/dev/null; echo $EIB_OWN",
    "eval \"EIB_OWN=1\"; echo $EIB_OWN", "echo \"\\$EIB_OWN\" \"see EIB_OWN\"",
    "sed s/@EIB_OWN@/x/",
    "jq --arg EIB_OWN x .", "declare -A m=([EIB_OWN]=1)",
    "[[ -v EIB_IMAGE_MAX_SIZE && ! -v EIB_HOOK_GROUP ]]", "for name in ${!EIB_OST*}; do :; done",
    "[ \"$x\" ] && printf -v EIB_OWN %s x; echo $EIB_OWN",
    "echo \"${EIB_IMAGE_MAX_SIZE:-}\" $EIB_HOOK_GROUP", "echo \"EIB_*\" $MY_EIB_X EIB_IMAGE_$x",
  ])
  func theseAreFine(text: String) async throws {
    #expect(try await findings(text + "\n") == [])
  }

  @Test(arguments: [
    ("echo ${EIB_NOSUCH%/*}", "10-x:1: EIB_NOSUCH"),
    ("echo \"a\\\\$EIB_NOSUCH\"", "10-x:1: EIB_NOSUCH"),
    ("echo ${!EIB_NOSUCH}", "10-x:1: EIB_NOSUCH"),
    ("true\nif [ 1; then", "10-x:3: bash cannot read it: syntax error"),
    ("#!/bin/bash\n(", "10-x:3: bash cannot read it: syntax error"),
  ])
  func theseAreNot(text: String, finding: String) async throws {
    let found = try await findings(text + "\n")
    #expect(found.count == 1)
    #expect(found.first?.contains("hooks/image/\(finding)") == true, "\(found)")
  }

  @Test func extendedPatternsAreBash() async throws {
    #expect(try await findings("rm -f /tmp/!(a|b)\n") == [])
  }

  @Test func interpretersMustExistOutsideTheDeployment() async throws {
    let text = "#!/usr/bin/env nosuchinterpreter\n"
    let host = try await findings(text, mode: 0o755)
    #expect(
      host == [
        "hooks/image/10-x:1: the program nosuchinterpreter of the #! line is not installed; "
          + "install it"
      ])
    let split = try await findings("#!/usr/bin/env -S nosuchinterpreter -x\n", mode: 0o755)
    #expect(split == host)
    #expect(
      try await findings("#!/usr/bin/env bash -e\n", mode: 0o755) == [
        "hooks/image/10-x:1: env takes 'bash -e' for the name of one program; "
          + "write /usr/bin/env -S bash -e"
      ])
    #expect(try await findings("#!/usr/bin/env -S bash -e\n", mode: 0o755) == [])
    #expect(try await findings("#!/nowhere/sh\n", mode: 0o755).count == 1)
    // A shell runs it: bash on the host, sh in the deployment.
    #expect(try await findings("echo\n", mode: 0o755) == [])
    for (name, shell) in [("10-x", "bash"), ("10-x.chroot", "sh")] {
      let found = try await findings("echo (\n", name: name, mode: 0o755)
      #expect(found.first?.contains(": \(shell) cannot read it: ") == true, "\(found)")
    }
    #expect(try await findings(text, name: "10-x.chroot", mode: 0o755) == [])
  }

  @Test func whatNothingCanRunIsAnErrorInAnOpenConfiguration() async throws {
    let open = ["config/schema.ini": ""]
    #expect(try await findings("if true; then\n", more: open).count == 1)
    #expect(try await findings("#!/nowhere/sh\n", mode: 0o755, more: open).count == 1)
    #expect(
      try await findings(
        "$EIB_NOSUCH\n", more: ["config/schema.ini": "[schema]\nunknown = allow\n"])
        == [])
  }

  /// Bash treats an unset variable as empty, and hooks may rely on that.
  @Test func aVariableThatNothingExportsIsOnlyAWarning() async throws {
    let site = try Site(["config/defaults.ini": "[image]\nhooks_add = 10-x\n"])
    try site.fixture.write("hooks/image/10-x", "echo $EIB_NOSUCH\n")
    let check = await ConfigurationCheck(
      [try Variant(product: "eos", arch: "amd64")], try ConfigurationLoader(site.sources)
    ).checks[0]
    #expect(check.errors.isEmpty)
    #expect(check.warnings.contains { $0.text.contains("10-x:1: EIB_NOSUCH is set by no option") })
  }

  @Test func helpersCountWhenAHookNamesThem() async throws {
    let more = [
      "helpers/used": "#!/bin/bash\necho $EIB_NOSUCH\n", "helpers/unused": "echo $EIB_NEITHER\n",
      "lib/eib.sh": "echo $EIB_LIBRARY\n",
    ]
    let found = try await findings("$EIB_HELPERSDIR/used\n", more: more)
    #expect(found.map { $0.prefix { $0 != " " } } == ["lib/eib.sh:1:", "helpers/used:2:"])
  }

  @Test func aWordThatIsAHelpersNameIsNoCall() async throws {
    let more = ["helpers/tree/commit": "#!/bin/bash\necho $EIB_NOSUCH\n"]
    #expect(try await findings("echo commit; git commit\n", more: more) == [])
    #expect(try await findings("\"$EIB_HELPERSDIR\"/tree/commit\n", more: more).count == 1)
  }

  @Test func pythonIsReadToo() async throws {
    let text = """
      #!/usr/bin/python3
      import os
      os.environ['EIB_OUTDIR'], os.environ.get('EIB_IMAGE_USER'), os.environ['EIB_NOSUCH']
      """
    let found = try await findings(
      text, mode: 0o755,
      more: [
        "config/schema.ini": "[schema]\nunknown = error\n[image]\nuser_required = false\n",
        "config/local.ini": "[image]\nuser = x\n",
      ])
    #expect(found.count == 1)
    #expect(found[0].contains("10-x:3: EIB_NOSUCH"))
  }

  @Test func whatPythonSetsIsKnown() async throws {
    let text = """
      #!/usr/bin/python3
      import os
      os.environ['EIB_NEW'] = '1'
      os.environ.setdefault('EIB_OTHER', '2')
      print(os.environ['EIB_NEW'], os.environ['EIB_OTHER'], 'EIB_THIRD' in os.environ)
      """
    #expect(try await findings(text, mode: 0o755) == [])
  }

  @Test func filesThatNoInterpreterTakesAreTold() async throws {
    let lineEnds = try await findings("#!/bin/bash\r\necho\r\n", mode: 0o755)
    #expect(lineEnds.count == 1)
    #expect(lineEnds.first?.contains("10-x:1: ends in CR LF") == true)
    let python = try await findings("#!/usr/bin/env python3\nprint()\n")
    #expect(python.count == 1)
    #expect(python.first?.contains("bash reads it, not python3; run: chmod +x") == true)
    let marked = try await findings("\u{FEFF}#!/bin/bash\ntrue\n", mode: 0o755)
    #expect(marked.count == 1 && marked[0].contains("10-x:1: begins with a byte order mark"))
    let binary = try await findings("\u{7F}ELF\0\0 EIB_X")
    #expect(binary.count == 1 && binary[0].contains("is a binary file that is not executable"))
    #expect(try await findings("\u{7F}ELF\0\0 $EIB_X", mode: 0o755) == [])
  }

  @Test func aVariableIsToldOncePerScript() async throws {
    let found = try await findings("echo $EIB_NOSUCH\necho $EIB_NOSUCH ${EIB_NOSUCH}\n")
    #expect(found.count == 1)
  }

  @Test func privateHooksAreNotNamed() async throws {
    let found = try await findings(
      "true\n", more: ["config/private.ini": "[image]\nhooks_add = sentinel-hook\n"]
    ).filter { $0.contains("hook") }
    #expect(found.count == 1)
    #expect(found.first?.contains("private.ini:2: the hook <private> that image:hooks") == true)
  }

  @Test func missingHooksAreNamedWithLineAndNearest() async throws {
    let found = try await findings(
      "true\n",
      more: ["config/local.ini": "[image]\nhooks_add =\n  # more\n  10-y\n"])
    #expect(found.count == 1)
    #expect(
      found[0].hasPrefix("config/local.ini:4: the hook 10-y that image:hooks names is not in"))
    #expect(found[0].hasSuffix("did you mean 10-x?"))
  }

  @Test func hooksOfOtherSectionsCountToo() async throws {
    let found = try await findings(
      "true\n",
      more: [
        "config/schema.ini": "[schema]\nunknown = error\n[split]\nhooks_required = false\n",
        "config/local.ini": "[split]\nhooks = 20-z\n",
      ])
    #expect(found.count == 1)
    #expect(found[0].contains("config/local.ini:2: the hook 20-z that split:hooks names"))
  }
}
