import Bindings
import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// The destination that ssh and rsync reach, with a real server.
@Suite(.serialized) struct SSHDestinationTests {
  private let ssh: SSHSite
  private var fixture: Fixture { ssh.site.fixture }
  private var server: SSHServer { ssh.server }
  private var directory: FilePath { ssh.directory }

  init() throws {
    ssh = try SSHSite(directory: SSHSite.nameWithSyntax)
  }

  private func put(_ publisher: Publisher) async throws {
    try await ssh.destination(publisher).put(
      publisher.version, PublishedFile.all(in: publisher.paths.outputDirectory),
      from: publisher.paths.outputDirectory
    ) { _ in }
  }

  private func list(_ publisher: Publisher) async throws {
    let destination = try ssh.destination(publisher)
    try await PublicIndex(destination, destination.sharedFiles!).update(publisher.version.variant)
  }

  /// Builds outputs whose image has this many random bytes.
  private func build(_ publisher: Publisher, sizeInBytes: Int = 300_000) throws {
    try publisher.build(image: "small")
    let image = "\(publisher.version.name).img.zst"
    try Shell.run(
      """
      cd '\(publisher.paths.outputDirectory)'; head -c \(sizeInBytes) /dev/urandom >'\(image)'
      mkdir more; echo more >'more/a file'; echo hidden >.hidden
      sha256sum '\(image)' *.manifest.json 'more/a file' .hidden >SHA256SUMS
      """)
  }

  /// Expects exactly these versions, each with the content of its build, and nothing unfinished.
  private func expect(
    _ published: [Publisher], unfinished: Bool = false, location: SourceLocation = #_sourceLocation
  ) throws {
    let found = try Shell.run("cd \(shellQuoted(directory.string)); ls -d eos/*/*/*/*/* || true")
      .lines
    #expect(
      Set(found) == Set(published.map(\.version.path)), "\(found)", sourceLocation: location)
    for publisher in published {
      let copy = directory.pushing(FilePath(publisher.version.path))
      let outcome = try Shell.start(
        "/usr/bin/diff", ["-r", publisher.paths.outputDirectory.string, copy.string])
      #expect(outcome.status == 0, "\(outcome.output)", sourceLocation: location)
    }
    guard !unfinished else { return }
    let left = try Shell.run("find \(shellQuoted(directory.string)) -name '.*partial*'")
    #expect(left.output == "", sourceLocation: location)
  }

  private func problem(
    _ body: () async throws -> Void, location: SourceLocation = #_sourceLocation
  ) async throws -> SSHProblem {
    try #require(
      await #expect(throws: SSHProblem.self, sourceLocation: location) { try await body() },
      sourceLocation: location)
  }

  @Test func aVersionIsPublishedListedReadAndRemoved() async throws {
    let (first, second) = (try ssh.publisher("1"), try ssh.publisher("2"))
    for publisher in [first, second] {
      try build(publisher)
      try await ssh.destination(publisher).check()
      #expect(try await !ssh.destination(publisher).holds(publisher.version))
      try await put(publisher)
      try await list(publisher)
      #expect(try await ssh.destination(publisher).holds(publisher.version))
    }
    try expect([first, second])
    let destination = try ssh.destination(first)
    let all = try await destination.versions(of: nil)
    #expect(Set(all.map(\.version)) == [first.version, second.version])
    #expect(try await Set(destination.versions(of: first.version.variant)) == Set(all))
    #expect(all.allSatisfy { abs(Int(time(nil)) - Int($0.secondsSinceEpoch)) < 3600 })
    let other = try #require(PublishedVariant(path: "eos/eos5.1/amd64/amd64/fr"))
    #expect(try await destination.versions(of: other).isEmpty)
    #expect(try await destination.holds(first.version, equalTo: first.paths.outputDirectory))
    #expect(try await !destination.holds(first.version, equalTo: second.paths.outputDirectory))
    #expect(try await destination.read("nothing", of: first.version) == nil)
    #expect(try await destination.read("more/a file", of: first.version) == Array("more\n".utf8))
    let latest = "latest/eos/eos5.1/amd64/amd64/en"
    #expect(
      Directories.linkTarget(of: directory.pushing(FilePath(latest)))?.string
        == "../../../../../\(second.version.path)")
    let index = try #require(
      try IndexDocument(FileAccess.bytes(of: directory.appending("index.json"))))
    #expect(index.variants[0].versions.map(\.version) == [second, first].map(\.version.name))

    await #expect(throws: PublishingError.self) { try await put(first) }
    try await destination.remove(first.version)
    try expect([second])
    try await destination.remove(first.version)
    try await destination.remove(second.version)
    #expect(!Directories.exists(directory.appending("eos")))
  }

  @Test func aHostThatNobodyKnowsIsNotTrusted() async throws {
    let publisher = try ssh.publisher("1")
    try ssh.trust(server, host: "")
    let unknown = try await problem { try await ssh.destination(publisher).check() }
    let file = publisher.paths.systemDirectory.appending("known_hosts")
    #expect(
      unknown.reason
        == .unknownHost(host: "127.0.0.1", port: "\(server.port)", knownHosts: file))
    // What the message says helps.
    let command = try #require(unknown.description.split(separator: "\n").dropFirst().first)
    try Shell.run(String(command))
    try await ssh.destination(publisher).check()

    try ssh.trust(server, host: server.otherKnownHost)
    let changed = try await problem { try await ssh.destination(publisher).check() }
    guard case .changedHost(let fingerprints, _) = changed.reason else {
      Issue.record("\(changed)")
      return
    }
    #expect(fingerprints.count == 1)
    #expect(changed.exitStatus == .unavailable && !changed.isTransient)
    for problem in [unknown, changed] {
      var failure = Failure(problem, in: .publish)
      failure.findCause(killedForMemory: nil)
      #expect(failure.cause?.known == .hostKey)
    }
    for option in ["StrictHostKeyChecking=no", "stricthostkeychecking accept-new"] {
      let lax = try ssh.publisher("1", options: "-o \(option)")
      #expect(throws: SSHProblem.self, "\(option)") { try lax.destination }
    }
  }

  @Test func aRefusedKeyIsTold() async throws {
    try ssh.trust(server, key: server.otherKey)
    let problem = try await problem { try await ssh.destination(ssh.publisher("1")).check() }
    guard case .refusedCredentials = problem.reason else {
      Issue.record("\(problem)")
      return
    }
    #expect(problem.description.contains("etc/ssh-key.pem for the user root"))
    for (change, text) in [
      ("ssh-keygen -q -p -N words -f ssh-key.pem", "ssh-key.pem has a passphrase"),
      ("rm ssh-key.pem; ssh-keygen -q -t rsa -m PEM -N words -f ssh-key.pem", "has a passphrase"),
      ("rm ssh-key.pem", "there is no key "),
    ] {
      try Shell.run("cd '\(fixture.path("etc"))'; \(change)")
      let problem = try await self.problem { try await ssh.destination(ssh.publisher("1")).check() }
      #expect(problem.description.contains(text), "\(problem)")
    }
  }

  @Test func programsThatTheHostLacksAreNamed() async throws {
    let bin = try fixture.makeDirectory("bin")
    try Shell.run(
      """
      for tool in sh head cat ls mkdir sha256sum base64 sync mv stat dirname basename; do
        ln -s "$(type -P $tool)" '\(bin)'
      done
      """)
    let poor = try SSHServer(
      fixture, name: "poor",
      command: "PATH=\(bin) /bin/sh -c \"$SSH_ORIGINAL_COMMAND\"")
    try ssh.trust(poor)
    let publisher = try ssh.publisher("1", on: poor)
    let problem = try await problem { try await ssh.destination(publisher).check() }
    #expect(problem.reason == .missingTools(["rsync", "flock"]))
    try build(publisher)
    let sent = try await self.problem { try await put(publisher) }
    #expect(sent.reason == .missingTools(["rsync"]), "\(sent)")
  }

  @Test func aDirectoryThatCannotBeReadIsNotEmpty() async throws {
    let other = try SSHServer(
      fixture, name: "nobody",
      command: "setpriv --reuid=65534 --regid=65534 --clear-groups /bin/sh -c "
        + "\"$SSH_ORIGINAL_COMMAND\"")
    let publisher = try ssh.publisher("1")
    try build(publisher)
    try await put(publisher)
    try ssh.trust(other)
    let blind = try ssh.publisher("1", on: other)
    try Shell.run(
      "chmod 711 '\(fixture.directory)'; chmod 700 \(shellQuoted("\(directory)/eos/eos5.1"))")
    for variant in [nil, publisher.version.variant] {
      let problem = try await problem { _ = try await ssh.destination(blind).versions(of: variant) }
      #expect(problem.description.contains("eos5.1: no permission to read"), "\(problem)")
    }
    let check = try await problem { try await ssh.destination(blind).check() }
    #expect(check.description.contains("no permission to read and write"), "\(check)")
  }

  @Test func aFullFilesystemThereIsToldAndTheNextTryCompletes() async throws {
    let small = try fixture.makeDirectory(SSHSite.nameWithSyntax)
    try Shell.run("mount -t tmpfs -o size=1M tmpfs \(shellQuoted(small.string))")
    fixture.atEnd { _ = try? Shell.run("umount -l \(shellQuoted(small.string))") }
    let publisher = try ssh.publisher("1")
    try build(publisher, sizeInBytes: 2 << 20)
    let problem = try await problem { try await put(publisher) }
    guard case .full = problem.reason else {
      Issue.record("\(problem)")
      return
    }
    var failure = Failure(problem, in: .publish)
    failure.findCause(killedForMemory: nil)
    #expect(failure.cause?.known == .noSpace && failure.cause?.text?.contains("root@") == true)
    try expect([], unfinished: true)
    try Shell.run("mount -o remount,size=8M \(shellQuoted(small.string))")
    try await put(publisher)
    try expect([publisher])
  }

  /// Numbers of bytes that a client sends: in the first exchange of keys, in a script, in its input,
  /// and in the files.
  private static let faults = [0, 3000, 4200, 4800, 5600, 20_000, 150_000]

  @Test(arguments: faults.map { "cut \($0)" } + ["stall 4200", "stall 150000"])
  func aBrokenConnectionLeavesTheOldOrTheNewState(fault: String) async throws {
    let (old, new) = (try ssh.publisher("1"), try ssh.publisher("2"))
    try build(old)
    try await put(old)
    try await list(old)
    try build(new)
    try server.set(fault: fault)
    var hasFailed = false
    do {
      try await put(new)
      try await list(new)
    } catch let problem as SSHProblem {
      hasFailed = true
      #expect(problem.isTransient, "\(problem)")
    }
    try server.set(fault: nil)
    let isPublished = try await ssh.destination(new).holds(new.version)
    #expect(hasFailed || isPublished)
    try expect(isPublished ? [old, new] : [old], unfinished: true)
    let index = try #require(
      try IndexDocument(FileAccess.bytes(of: directory.appending("index.json"))))
    #expect([1, 2].contains(index.variants[0].versions.count))
    if !isPublished { try await put(new) }
    try await list(new)
    try expect([old, new])
    let files = try Shell.run("cd \(shellQuoted(directory.string)); ls -A").lines
    #expect(Set(files) == [".lock", "eos", "index.html", "index.json", "latest"], "\(files)")
  }

  @Test func aConnectionThatBreaksOnceIsMadeAgain() async throws {
    let publisher = try ssh.publisher("1")
    try build(publisher)
    var destination = try ssh.destination(publisher)
    let fault = fixture.path("sshd/fault").string
    destination.connection.retries = .quick()
    destination.connection.retries.report = { _ in unlink(fault) }
    try server.set(fault: "cut 150000")
    try await destination.put(
      publisher.version, PublishedFile.all(in: publisher.paths.outputDirectory),
      from: publisher.paths.outputDirectory
    ) { _ in }
    try expect([publisher])
  }

  @Test func whatWasSentIsUsedAndDamageIsFound() async throws {
    let publisher = try ssh.publisher("1")
    try build(publisher, sizeInBytes: 16_000_000)
    // ssh and its server hold up to four megabytes that rsync has not seen when the connection ends.
    try server.set(fault: "cut 12000000")
    _ = try await problem { try await put(publisher) }
    // A second try does not reach its end if it sends everything again.
    try server.set(fault: "cut 14000000")
    try await put(publisher)
    try server.set(fault: nil)
    try expect([publisher])

    let other = try ssh.publisher("2")
    try build(other)
    let files = try PublishedFile.all(in: other.paths.outputDirectory)
    let wrong = files.map { file in
      PublishedFile(
        name: file.name, path: file.path, sizeInBytes: file.sizeInBytes,
        digest: file.name.hasSuffix(".zst") ? String(repeating: "0", count: 64) : file.digest)
    }
    let problem = try await problem {
      try await ssh.destination(other).put(
        other.version, wrong, from: other.paths.outputDirectory
      ) { _ in }
    }
    #expect(problem.description.contains("img.zst: FAILED"), "\(problem)")
    try expect([publisher], unfinished: true)
  }

  @Test func severalPublishersLeaveOneRightIndex() async throws {
    let publishers = try (1...6).map { try ssh.publisher("1", personality: "p\($0)") }
    for publisher in publishers { try build(publisher, sizeInBytes: 1000) }
    let work = try publishers.map {
      (try ssh.destination($0), $0.version, $0.paths.outputDirectory)
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (destination, version, outputs) in work {
        group.addTask {
          try await destination.put(version, PublishedFile.all(in: outputs), from: outputs) { _ in }
          try await PublicIndex(destination, destination.sharedFiles!).update(version.variant)
        }
      }
      try await group.waitForAll()
    }
    try expect(publishers)
    let index = try #require(
      try IndexDocument(FileAccess.bytes(of: directory.appending("index.json"))))
    #expect(index.variants.map(\.path) == publishers.map(\.version.variant.path))
  }
}
