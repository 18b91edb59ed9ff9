import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Bindings

@Suite struct FlatpakTransactionTests {
  private let fixture: Fixture
  private let test: FlatpakTestRemote
  private let installation: FlatpakInstallation
  private static let arch = FlatpakRef.hostArchitecture
  private static let hello = ref("app", "Hello", "stable")
  private static let platform = ref("runtime", "Platform", "1")
  private static let locales = [
    ref("runtime", "Hello.Locale", "stable"), ref("runtime", "Platform.Locale", "1"),
  ]

  init() throws {
    fixture = try Fixture()
    test = try FlatpakTestRemote(fixture)
    installation = try FlatpakInstallation(fixture.path("flatpak"), isArchive: true)
    try installation.set(
      FlatpakRemote(name: "example", url: test.url),
      trusting: [[UInt8](Data(contentsOf: URL(fileURLWithPath: test.key.string)))])
    try installation.setOption("languages", to: "de;en")
  }

  private static func ref(_ kind: String, _ name: String, _ branch: String) -> FlatpakRef {
    FlatpakRef("\(kind)/org.example.\(name)/\(arch)/\(branch)")!
  }

  private func run(
    _ action: FlatpakTransaction.Action, _ wishes: [FlatpakTransaction.Wish],
    includesNeeded: Bool = true, _ report: @escaping (FlatpakProgress) -> Void = { _ in }
  ) throws -> [FlatpakOperation] {
    var transaction = FlatpakTransaction(action, wishes, in: installation)
    transaction.includesNeeded = includesNeeded
    return try transaction.run(cancellation: Cancellation(), report: report)
      .sorted { $0.ref < $1.ref }
  }

  private func objects(_ repository: FilePath) throws -> [String] {
    try Shell.run("cd '\(repository)/objects'; find . -name '*.filez' | sort").lines
  }

  @Test func whatIsNeededIsResolvedWithoutAnyObject() throws {
    let found = try run(.resolve, [.init(Self.hello, from: "example")])
    #expect(found.map(\.ref) == [Self.hello] + Self.locales + [Self.platform])
    let (hello, locale, platform) = (found[0], found[1], found[3])
    #expect(hello.neededBy.isEmpty && hello.subpaths.isEmpty && hello.remote == "example")
    #expect(hello.metadata.runtime == Self.platform.shortText)
    #expect(hello.downloadSizeInBytes > 50_000 && hello.installedSizeInBytes > 50_000)
    #expect(locale.neededBy == [Self.hello] && locale.subpaths == ["/de", "/en"])
    #expect(locale.installedSizeInBytes > 200_000)
    #expect(platform.neededBy == [Self.hello])
    #expect(
      hello.commit
        == (try Shell.run("ostree --repo='\(test.repository)' rev-parse \(Self.hello)").lines[0]))
    #expect(try objects(installation.repository).isEmpty)
    #expect(try !test.requests().contains { $0.contains("objects") })
  }

  @Test func aPullFetchesAndInstallsNothing() throws {
    var numbers: Set<Int> = []
    let pulled = try run(.pull, [.init(Self.hello, from: "example")]) { progress in
      numbers.insert(progress.number)
    }
    #expect(pulled.count == 4 && numbers == [1, 2, 3, 4])
    let repository = try Repository(opening: installation.repository)
    for operation in pulled {
      #expect(try repository.hasCommit(operation.commit), "\(operation.ref)")
    }
    #expect(try installation.installedRefs().isEmpty)
  }

  @Test func withoutWhatIsNeededOnlyTheSubpathsOfAWishArePulled() throws {
    let wish = FlatpakTransaction.Wish(Self.locales[0], from: "example", subpaths: ["/pt"])
    let pulled = try run(.pull, [wish], includesNeeded: false)
    #expect(pulled.map(\.ref) == [Self.locales[0]])
    let commit = pulled[0].commit
    let files = try Shell.run("ostree --repo='\(test.repository)' ls -RC \(commit)").lines
    let objects = Set(try objects(installation.repository))
    for (language, isPulled) in [("/files/pt/d", true), ("/files/de/a", false)] {
      let line = try #require(files.first { $0.hasSuffix(" \(language)") })
      let checksum = try #require(line.firstMatch(of: #/[0-9a-f]{64}/#)?.output)
      #expect(
        objects.contains("./\(checksum.prefix(2))/\(checksum.dropFirst(2)).filez") == isPulled)
    }
  }

  @Test func whatFailsIsNamed() throws {
    let missing = Self.ref("app", "Nothing", "stable")
    let error = #expect(throws: GLibError.self) {
      try run(.resolve, [.init(missing, from: "example")])
    }
    #expect("\(error!)".contains("No such ref '\(missing)' in remote example"), "\(error!)")
    let lonely = Self.ref("app", "Lonely", "stable")
    let needed = #expect(throws: GLibError.self) {
      try run(.resolve, [.init(lonely, from: "example")])
    }
    #expect("\(needed!)".contains("org.example.Nothing"), "\(needed!)")

    _ = try run(.resolve, [.init(Self.hello, from: "example")])
    test.stop()
    let gone = #expect(throws: GLibError.self) {
      try run(.pull, [.init(Self.hello, from: "example")])
    }
    #expect("\(gone!)".contains("pull "), "\(gone!)")
  }

  @Test func aCancelledTransactionEnds() throws {
    let cancellation = Cancellation()
    cancellation.cancel()
    #expect(throws: GLibError.self) {
      try FlatpakTransaction(.pull, [.init(Self.hello, from: "example")], in: installation)
        .run(cancellation: cancellation)
    }
    #expect(try objects(installation.repository).isEmpty)
  }
}
