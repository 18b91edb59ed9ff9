import SystemPackage
import TestSupport
import Testing

/// The result of `make install`.
@Suite struct InstallTests {
  private let fixture: Fixture
  private var prefix: FilePath { fixture.path("root/usr/local") }
  private var command: FilePath { prefix.pushing("bin/image-builder") }

  init() throws {
    fixture = try Fixture()
    try Shell.run(
      """
      make --silent --directory='\(Checkout.directory)' --old-file=all install \
        DESTDIR='\(fixture.path("root"))' prefix=/usr/local
      """)
  }

  @Test func everythingIsInItsPlace() throws {
    let files = try Shell.run(
      "cd '\(prefix)'; find . -path ./share/eos-image-builder -prune -o -type f -printf '%m %P\\n'")
    #expect(
      files.lines.sorted() == [
        "644 share/bash-completion/completions/image-builder",
        "644 share/fish/vendor_completions.d/image-builder.fish",
        "644 share/man/man5/image-builder.ini.5",
        "644 share/man/man8/image-builder.8",
        "644 share/zsh/site-functions/_image-builder",
        "755 bin/image-builder",
        "755 libexec/eos-image-builder/image-builder-engine",
      ])
    for name in ["config", "hooks", "helpers", "lib", "data", "buildscript"] {
      try Shell.run(
        """
        diff -r -x local.ini -x private.ini -x compile -x __pycache__ \
          '\(Checkout.directory)/\(name)' '\(prefix)/share/eos-image-builder/\(name)'
        """)
    }
    let left = ["config/local.ini", "helpers/compile", "lib/__pycache__"].filter {
      fixture.exists("root/usr/local/share/eos-image-builder/\($0)")
    }
    #expect(left == [])
  }

  @Test(arguments: ["image-builder", "eos-image-builder", "run-build"])
  func theCommandFindsItsFiles(name: String) throws {
    let command = prefix.appending("bin").appending(name)
    let outcome = try Shell.start(command.string, ["--show-config"])
    #expect(outcome.status == 0)
    #expect(outcome.lines.contains("srcdir = \(prefix)/share/eos-image-builder"))
  }

  @Test func theCommandFindsItsEngine() throws {
    let arguments = ["--verify", "/nonexistent"]
    let outcome = try Shell.start(command.string, arguments)
    #expect(outcome.status == 65)
    #expect(outcome.errors.contains("/nonexistent is not a directory that can be read"))
    try Shell.run("rm '\(prefix)/libexec/eos-image-builder/image-builder-engine'")
    #expect(try Shell.start(command.string, arguments).status == 69)
  }

  @Test func theCommandIsCompleted() throws {
    let outcome = try BashCompletion.replies(
      to: "image-builder --product ",
      script: prefix.pushing("share/bash-completion/completions/image-builder"),
      in: fixture.directory, path: command.removingLastComponent())
    #expect(outcome.lines == ["eos", "eoscustom"], "\(outcome.errors)")
    #expect(outcome.errors == "")
  }
}
