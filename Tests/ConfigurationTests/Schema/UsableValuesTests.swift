import Glibc
import TestSupport
import Testing

@testable import Configuration

/// Values that libostree, the kernel or the build itself would refuse later.
@Suite struct UsableValuesTests {
  private func problems(_ files: [String: String]) throws -> String {
    try Site(files).load().validationMessage
  }

  @Test(arguments: [
    ("remote", "a/b"), ("remote", "my server"), ("remote", ".."), ("ref", "os//master"),
    ("ref", "os/my branch"), ("ref", "os/../x"), ("ref", "/os"), ("ref", "os/"), ("ref", "os/ä"),
    ("ref_deploy", "os/eos+x"), ("os", "a/b"), ("os", "my os"), ("url", "ftp://host/repo"),
    ("url", "host/repo"), ("url", "https://"), ("url", "https://host/repo?token=1"),
    ("url", "file:///a#b"), ("prod_url", "file://host/a"), ("deploy_url", "/srv/repo"),
    ("deploy_url", "ssh://host/repo"), ("repodir", "ostree/repo"), ("checkout", "/a\u{1}b"),
  ])
  func aNameThatLibostreeRefusesIsToldWithItsLine(option: String, value: String) throws {
    let text = try problems(["config/local.ini": "[ostree]\n\n\(option) = \(value)\n"])
    #expect(
      text.contains("config/local.ini:3: ostree:\(option) is '\(value)'; accepted: "), "\(text)")
  }

  @Test(arguments: [
    ("remote", "my.server"), ("remote", "-x_1"), ("ref", "os/a.b/c-d_e/.f"),
    ("url", "HTTPS://host/repo/"), ("url", "http://host:80/a b/@c//"),
    ("url", "file:///srv/a b:c"), ("deploy_url", "http://[::1]/repo"), ("deploy_url", ""),
  ])
  func whatLibostreeAcceptsIsAccepted(option: String, value: String) throws {
    #expect(try problems(["config/local.ini": "[ostree]\n\(option) = \(value)\n"]) == "")
  }

  @Test(arguments: [
    "https://user:secret@host/repo", "HTTP://secret@host", "https://user:a@b/secret@host/repo",
    "https://user:secret/word@host/repo", "https://host:secret/",
  ])
  func aLoginInAURLIsRefusedAndNotShown(url: String) throws {
    for option in ["url", "prod_url", "dev_pull_url", "prod_pull_url", "deploy_url"] {
      let text = try problems(["config/local.ini": "[ostree]\n\(option) = \(url)\n"])
      #expect(text.contains("config/local.ini:2: ostree:\(option) is '"), "\(text)")
      #expect(text.contains("a user name and a password belong in SYSCONFDIR/netrc"))
      #expect(!text.contains("secret") || !url.contains("@"), "\(text)")
    }
  }

  @Test func aSchemaCannotAcceptWhatTheBuildRefuses() throws {
    let text = try problems([
      "config/schema.ini": "[ostree]\nurl_type = url\n",
      "config/local.ini": "[ostree]\nurl = ftp://host/repo\n[publish]\ndirectory = out\n",
    ])
    #expect(text.contains("config/local.ini:2: ostree:url is 'ftp://host/repo'"), "\(text)")
    #expect(text.contains("config/local.ini:4: publish:directory is 'out'"), "\(text)")
  }

  @Test func urlsAreUsedInOneForm() throws {
    let site = try Site([
      "config/local.ini": "[ostree]\nurl = HTTP://Host/Repo//\nprod_url = file:///a%20b%3Fc d%\n"
    ])
    let configuration = try site.load()
    #expect(try configuration.value(Options.ostree.url) == "http://Host/Repo")
    let local = try configuration.value(Options.ostree.productionURL)
    #expect(RepositoryURLSyntax.path(of: local) == "/a b?c d%")
    #expect(RepositoryURLSyntax.path(of: "http://Host/Repo") == nil)
    #expect(RepositoryURLSyntax.normalized("file:///") == "file:///")
  }

  @Test func aValueThatIsTooLongForHooksIsToldWithItsLine() throws {
    let page = sysconf(Int32(_SC_PAGESIZE))
    let longest = 32 * page - "EIB_S_LIST=\0".utf8.count
    func site(_ count: Int) -> [String: String] {
      ["config/local.ini": "[s]\nlist =\n  \(String(repeating: "x", count: count))\n"]
    }
    // An indented value begins with a newline.
    #expect(try problems(site(longest - 1)) == "")
    let text = try problems(site(longest))
    #expect(text.contains("config/local.ini:2: s:list has \(32 * page + 1) bytes"), "\(text)")
    #expect(text.contains("a variable of hooks may have \(32 * page); make it shorter"))
  }

  @Test func optionsThatAreTooLongTogetherAreTold() throws {
    let configuration = try Site(["config/local.ini": "[s]\na = 1\nb = 2\n"]).load()
    let length = 32 * sysconf(Int32(_SC_PAGESIZE)) - 100
    let count = sysconf(Int32(_SC_ARG_MAX)) / length + 1
    var values: [OptionName: Interpolator.Result] = [:]
    for index in 0..<count {
      let name = OptionName(section: "s", option: index == 0 ? "b" : ExactName("option\(index)"))
      values[name] = .init(text: String(repeating: "x", count: length + (index == 0 ? 50 : 0)))
    }
    let error = try #require(configuration.environmentErrors(values).first)
    #expect("\(error)".contains("config/local.ini:3: s:b is the longest option"))
    #expect("\(error)".contains("all options together have "))
    values = values.filter { $0.key.option == "b" }
    #expect(configuration.environmentErrors(values).isEmpty)
  }

  @Test func namesThatLeaveNoRoomAndColonsInSearchPathsAreRefused() throws {
    func message(_ lines: String) throws -> String {
      let configuration = try Site(["config/local.ini": "[build]\n\(lines)\n"]).load()
      do {
        _ = try BuildPaths(configuration)
        return ""
      } catch {
        return "\(error)"
      }
    }
    let long = String(repeating: "x", count: 201)
    #expect(
      try message("outversion = \(long)").contains("build:outversion is \(long), which has 201"))
    #expect(try message("tmpdir = /var/cache/\(long)").contains("a name may have 200"))
    #expect(
      try message("localdir = /srv/a:b").contains("build:localdir is /srv/a:b, which contains a"))
    #expect(try message("localdir = /srv/a\u{FFFD}b").contains("of valid UTF-8"))
    #expect(try message("cachedir = /srv/a:b \"?$$'c") == "")
    for place in ["${build:tmpdir}", "${build:outdir}/published"] {
      #expect(
        try message("[publish]\ndirectory = \(place)").contains("which contains publish:directory"))
    }
  }
}
