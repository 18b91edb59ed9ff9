import Foundation
import TestSupport
import Testing

@testable import Configuration

@Suite struct ExplanationTests {
  private func site() throws -> Site {
    try Site([
      "config/defaults.ini": """
      # About the server.

      [server]
      # Where it is.
      # In the cloud.
      url = https://${host}/${build:product}
      host = ${name}.example
      name = www

      # Words.
      # Merged.
      words_add =
        one
        # not two
        three
      token =
      """,
      "config/schema.ini": "[server]\nurl_type = url\nwords_merged = true\ntoken_secret = true\n",
      "config/product/eos.ini": "[server]\nwords_del = one\nname = eos\n",
      "config/local.ini": "[server]\nname = local\nwords_add = four\n",
      "config/private.ini":
        "[server]\nhost = ${password}\npassword = sentinel\nwords_add = sentry\n",
    ])
  }

  /// Returns the explanation without the path of the fixture.
  private func text(_ name: String, asJSON: Bool = false) throws -> String {
    let site = try site()
    return try site.load().explanation(of: name, asJSON: asJSON)
      .replacingOccurrences(of: "\(site.fixture.directory)/config/", with: "")
  }

  @Test func aPlainOptionTellsItsLayersWinnerFirst() throws {
    #expect(
      try text("server:name") == """
        server:name
          value      local
          set by     local.ini:2  local
                     product/eos.ini:3  eos
                     defaults.ini:8  www
          variable   EIB_SERVER_NAME
          read by    server:host  (defaults.ini:7)
          comment    Where it is.
                     In the cloud.
                     (defaults.ini:4)

        """)
  }

  @Test func aMergedOptionTellsEachWordsPlacesAndCount() throws {
    #expect(
      try text("server:WORDS_ADD") == """
        server:words (merged)
          value      three
                     four
                     <private>
          words      one  (0, left out)
                       + defaults.ini:13  words_add_defaults
                       - product/eos.ini:2  words_del_product_eos
                     three  (1)
                       + defaults.ini:15  words_add_defaults
                     four  (1)
                       + local.ini:3  words_add_local
                     <private>  (1)
                       + private.ini:4  words_add_private
          rule       merged: every file can add and remove words  (schema.ini:3)
          variable   EIB_SERVER_WORDS
          read by    nothing: neither the program nor a hook of this variant
          comment    Words.
                     Merged.
                     (defaults.ini:10)

        """)
  }

  @Test func referencesAreFollowedAndPrivateOnesHidden() throws {
    let text = try text("server:url")
    #expect(
      text.contains(
        """
          value      https://<private>/eos
          set by     defaults.ini:6  https://${host}/${build:product}
          refers to  ${host} = <private>  (private.ini:2)
                     ${build:product} = eos  (command line)
          rule       a URL, such as
        """))
    #expect(!text.contains("sentinel"))
  }

  @Test func sectionsAndObjectsHoldNothingPrivate() throws {
    for isJSON in [false, true] {
      let text = try text("server", asJSON: isJSON)
      #expect(!text.contains("sentinel") && !text.contains("sentry"))
      #expect(text.contains("words_add_private") && text.contains("private.ini"))
    }
    let object = try JSONValue(parsing: text("server:words", asJSON: true))
    guard case .object(let fields) = object, case .array(let words)? = fields["words"],
      case .object(let first)? = words.first
    else {
      Issue.record("not the expected object: \(object)")
      return
    }
    #expect(first["word"] == "one" && first["count"] == .integer(0))
  }

  @Test func anOptionThatIsDeclaredButNotSetIsExplained() throws {
    let site = try Site(["config/schema.ini": "[s]\nx_type = size\n"])
    let text = try site.load().explanation(of: "s:x", asJSON: false)
    #expect(text.contains("value      not set"))
    #expect(text.contains("a number of bytes"))
  }

  @Test func aPlainOptionThatReplacesAListTellsWhatIsIgnored() throws {
    let site = try Site([
      "config/defaults.ini": "[image]\nhooks_add = a\n", "config/local.ini": "[image]\nhooks = b\n",
    ])
    let text = try site.load().explanation(of: "image:hooks", asJSON: false)
    #expect(text.contains("value      b\n"))
    #expect(text.contains("ignored    \(site.fixture.path("config/defaults.ini")):2  a"))
  }

  @Test func unknownNamesAreRefusedWithTheNearest() throws {
    let configuration = try site().load()
    let option = #expect(throws: ConfigurationError.self) {
      try configuration.explanation(of: "server:ulr", asJSON: false)
    }
    #expect(option?.description == "server:ulr is not set; did you mean server:url?")
    let section = #expect(throws: ConfigurationError.self) {
      try configuration.explanation(of: "sever", asJSON: false)
    }
    #expect(section?.description == "unknown section [sever]; did you mean [server]?")
    for (name, suggestion) in [
      ("host", "server:host"), ("hots", "server:host"), ("EIB_SERVER_URL", "server:url"),
      ("server_url", "server:url"), ("sever:ur", "server:url"), ("serve:hosts", "server:host"),
      ("compression", "image:compression"), ("imgae:kernel_arg", "image:kernel_args"),
      ("server:compression", "image:compression"),
    ] {
      let error = #expect(throws: ConfigurationError.self) {
        try configuration.explanation(of: name, asJSON: false)
      }
      #expect(
        error?.description.contains("did you mean \(suggestion)?") == true,
        "\(name): \(error?.description ?? "")")
    }
    let none = #expect(throws: ConfigurationError.self) {
      try configuration.explanation(of: "xyzzy", asJSON: false)
    }
    #expect(none?.description.hasSuffix("; --show-config shows all sections") == true)
    let hidden = #expect(throws: ConfigurationError.self) {
      try configuration.explanation(of: "server:passwor", asJSON: false)
    }
    #expect(hidden?.description == "server:passwor is not set")
  }
}
