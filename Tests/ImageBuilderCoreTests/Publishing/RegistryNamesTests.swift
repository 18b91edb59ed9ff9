import Testing

@testable import Configuration
@testable import ImageBuilderCore

@Suite struct RegistryNamesTests {
  @Test(arguments: [
    ("eos/master/amd64/amd64/en", "latest-eos--master--amd64--amd64--en"),
    ("eos-dev/eos5.1/amd64/amd64/pt_BR", "latest-eos-dev--eos5.1--amd64--amd64--pt_BR"),
  ])
  func theTagOfTheLatestVersionShowsTheVariant(path: String, tag: String) throws {
    #expect(RegistryTag.latest(try #require(PublishedVariant(path: path))) == tag)
  }

  @Test func differentVariantsHaveDifferentUsableTags() throws {
    let long = String(repeating: "x", count: 200)
    let paths = [
      "a/b/c/d/e", "a-/b/c/d/e", "a/-b/c/d/e", "a--b/c/d/e/f", "a/b--c/d/e/f", "a+/b/c/d/e",
      "a_/b/c/d/e", "\u{e9}/b/c/d/e", "\(long)/b/c/d/e", "\(long)/b/c/d/f", "a b/c/d/e/f",
    ]
    let tags = try paths.map { RegistryTag.latest(try #require(PublishedVariant(path: $0))) }
    #expect(Set(tags).count == paths.count, "\(tags)")
    for tag in tags {
      #expect(tag.wholeMatch(of: #/latest-[A-Za-z0-9._\-]{1,121}/#) != nil, "\(tag)")
    }
  }

  @Test(arguments: [
    ("eos-master-amd64-amd64.261129-010000.en", true), ("_a", true), ("", false), ("a+b", false),
    (".a", false), ("-a", false), ("latest-a", false), ("\u{e9}", false), ("a/b", false),
    (String(repeating: "x", count: 128), true), (String(repeating: "x", count: 129), false),
  ])
  func aVersionIsATag(name: String, isUsable: Bool) {
    #expect(RegistryTag.isUsable(name) == isUsable)
  }

  @Test(arguments: [
    ("registry.example.org/team/images", true, "registry.example.org", "team/images"),
    ("https://registry.example.org/a", true, "registry.example.org", "a"),
    ("http://localhost:5000/a__b/c-d.e", false, "localhost:5000", "a__b/c-d.e"),
    ("[::1]:5000/a", true, "[::1]:5000", "a"), ("localhost/a", true, "localhost", "a"),
  ])
  func aRepositoryIsRead(text: String, isEncrypted: Bool, host: String, name: String) {
    let reference = RegistryReference(text)
    #expect(reference?.isEncrypted == isEncrypted)
    #expect(reference?.host == host)
    #expect(reference?.name == name)
  }

  @Test(arguments: [
    "", "registry.example.org", "registry.example.org/", "team/images", "r.org/Team", "r.org/a:tag",
    "r.org/a//b", "r.org/a/", "ftp://r.org/a", "user:pw@r.org/a", "r.org/a b", "r.org/a@sha256:0",
    "r.org/-a", "http:///a", "r.org/\(String(repeating: "x", count: 256))",
  ])
  func whatIsNoRepositoryIsRefused(text: String) {
    #expect(RegistryReference(text) == nil)
  }

  @Test func challengesAreRead() {
    let challenge = RegistryChallenge(
      #"Bearer realm="https://auth.example.org/token",service="reg ister",scope="repository:a/b:pull,push""#
    )
    #expect(
      challenge?.tokenURL
        == "https://auth.example.org/token?service=reg%20ister&scope=repository:a/b:pull%2Cpush")
    #expect(RegistryChallenge("basic realm=x")?.scheme == .basic)
    #expect(RegistryChallenge("Negotiate, Basic realm=\"a, b\"")?.scheme == .basic)
    for other in ["", "Negotiate", "Digest realm=\"Basic \"", "Bear", "Basically"] {
      #expect(RegistryChallenge(other) == nil, "\(other)")
    }
    for other in ["Bearer", "Bearer realm=\"\n x\"", "Basic realm=\"https://a\""] {
      #expect(RegistryChallenge(other)?.tokenURL == nil, "\(other)")
    }
  }

  @Test(arguments: [
    "", "[]", "{}", "null", #"{"schemaVersion":2}"#,
    #"{"schemaVersion":2,"mediaType":"x","artifactType":"application/vnd.image-builder.release","config":{"mediaType":"","digest":"","size":-1},"layers":[]}"#,
    #"{"schemaVersion":2,"mediaType":"x","artifactType":"application/vnd.image-builder.release","config":{"mediaType":"","digest":"","size":2},"layers":[]}"#,
    String(repeating: "[", count: 100_000),
  ])
  func whatIsNoManifestOfOursIsNone(text: String) {
    #expect(RegistryManifest(parsing: Array(text.utf8)) == nil)
  }

  @Test func aManifestSaysWhichVersionItIs() throws {
    let version = try #require(PublishedVersion(path: "a/b/c/d/e/v1"))
    let digest = String(repeating: "0", count: 64)
    let file = PublishedFile(name: "SHA256SUMS", path: "/x", sizeInBytes: 1, digest: digest)
    let manifest = RegistryManifest(version, [file], secondsSinceEpoch: 1_700_000_000)
    let parsed = RegistryManifest(parsing: try manifest.bytes())
    #expect(parsed == manifest)
    #expect(
      parsed?.version == ListedVersion(version: version, secondsSinceEpoch: 1_700_000_000))
    for (name, other) in [
      ("a/b/c/d/e", "../d/e/f/g"), ("a/b/c/d/e", "latest/b/c/d/e"), ("\"v1\"", "\"v/1\""),
      ("2023-11-14", "yesterday"), ("sha256:\(digest)\",\"mediaType", "sha256:../x\",\"mediaType"),
    ] {
      let text = String(decoding: try manifest.bytes(), as: UTF8.self).replacing(name, with: other)
      #expect(RegistryManifest(parsing: Array(text.utf8))?.version == nil, "\(other)")
    }
  }
}
