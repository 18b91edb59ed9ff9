import Foundation
import SystemPackage
import TestSupport

@testable import Configuration
@testable import ImageBuilderCore

/// A moment at which a command for a fleet is ended with SIGKILL.
struct FleetCrashPoint: CustomStringConvertible {
  enum Moment {
    /// Before the change of a file of this number whose text contains a part
    /// (`Tests/Fixtures/fleet/end-at-change.c`).
    case change(Int, String)
    /// When a build waits in its hook.
    case hook
    /// When the command has said a text so often.
    case said(Int, String)
  }

  let command: [String]
  let moment: Moment

  var description: String { "\(command.joined(separator: " ")), \(moment)" }
}

/// A fleet of six variants with two places, on a host of its own, whose commands are killed.
final class FleetCrashSite {
  /// What is expected at the directory when a command was given again.
  struct Expected {
    /// The build versions of each variant.
    let versions: [String]
    var isReleased = false
  }

  let site: FleetSite
  private let host: PrivateHost
  private let server: SSHServer
  private let library: FilePath
  private var checkout: CheckoutFixture { site.checkout }
  private var fixture: Fixture { site.checkout.fixture }
  /// The place that ssh reaches.
  var remote: FilePath { fixture.path("remote") }
  var directory: FilePath { checkout.published }

  init() throws {
    site = try FleetSite(6, "[image]\nextra_space = 1M\n")
    let fixture = site.checkout.fixture
    host = try PrivateHost(fixture)
    server = try SSHServer(fixture)
    try fixture.write("etc/known_hosts", server.knownHost)
    library = fixture.path("end-at-change.so")
    let source = Checkout.directory.appending("Tests/Fixtures/fleet/end-at-change.c")
    try Shell.run(
      """
      cp '\(server.key)' '\(fixture.path("etc"))/ssh-key.pem'
      cc -shared -fPIC -o '\(library)' '\(source)'
      """)
    try site.checkout.addHook("inputs", "50-content", "echo content 1\n")
    try site.checkout.addHook(
      "image", "50-wait",
      """
      touch "$EIB_CACHEDIR/waiting"
      while [ -e "$EIB_CACHEDIR/gate" ]; do sleep 0.1; done

      """)
  }

  func publish(to destinations: String) throws {
    try checkout.writeSystemConfiguration(
      """
      destinations = \(destinations)
      ssh = root@127.0.0.1:\(remote)
      [build]
      ssh_options = -p \(server.port)
      """)
  }

  private func start(
    _ command: [String], environment: [String] = []
  ) throws -> RunningProgram {
    let words = site.command(command[0], Array(command.dropFirst()))
    return try host.start("/usr/bin/env", environment + words)
  }

  func run(_ command: [String]) throws -> Outcome { try start(command).wait() }

  /// Kills a command at a point, and gives it again.
  ///
  /// - Returns: what is wrong.
  func flaws(_ point: FleetCrashPoint, _ expected: Expected) throws -> [String] {
    var flaws: [String] = []
    let killed = try kill(point)
    if killed.status != 128 + SIGKILL {
      flaws.append("it was not killed: \(killed.status) \(killed.errors)\(killed.output)")
    }
    flaws += try halves()
    unlink(checkout.cache.appending("gate").string)
    let again = try run(point.command)
    if again.status != 0 {
      flaws.append("the second one ended with \(again.status): \(again.errors)\(again.output)")
    }
    return try (flaws + rests() + halves() + differences(from: expected)).map { "\(point): \($0)" }
  }

  private func kill(_ point: FleetCrashPoint) throws -> Outcome {
    switch point.moment {
    case .change(let number, let text):
      return try start(
        point.command,
        environment: ["LD_PRELOAD=\(library)", "END_AT_CHANGE=\(number) \(text)"]
      ).wait()
    case .hook:
      unlink(checkout.cache.appending("waiting").string)
      try fixture.write("cache/gate", "")
      let program = try start(point.command)
      try checkout.waitForMark("waiting", of: program)
      program.send(SIGKILL)
      return program.wait()
    case .said(let count, let text):
      let program = try start(point.command)
      while program.isRunning,
        program.errors.split(separator: "\n").count(where: { $0.contains(text) }) < count
      { usleep(1000) }
      program.send(SIGKILL)
      return program.wait()
    }
  }

  /// Versions and records that are there, but not whole.
  private func halves() throws -> [String] {
    var halves = try [directory, remote].flatMap { place in
      try Shell.run(
        """
        cd '\(place)/test/master/amd64/amd64' 2>/dev/null || exit 0
        for version in */*; do
          [ ! -d "$version" ] || (cd "$version"; sha256sum --quiet --check SHA256SUMS 2>&1) ||
            echo "$version is not whole"
        done
        """
      ).lines
    }
    if let record = try? fixture.text("published/releases/small/1.json"),
      (try? JSONValue(parsing: record))?["variants"]?.members.count != 6
    {
      halves.append("the record of the release is not whole: \(record)")
    }
    return halves
  }

  /// What commands have left on the host or at the places.
  private func rests() throws -> [String] {
    for _ in 0..<100 where !host.processes().isEmpty { usleep(50_000) }
    let processes = host.processes().map { "a process is left: \($0)" }
    let state = try host.state(without: [])
    let mounts = state.filter { !$0.hasPrefix("/") || $0.contains(" ") }
    let hidden = try Shell.run(
      """
      find '\(directory)' '\(remote)' \\( -name '*.partial*' -o -name '*.removed' -o -name '*.check' \\) \
        2>/dev/null || true
      ls -A '\(fixture.path("host/tmp"))'
      ls -d '\(checkout.cache)'/fleet/*.run 2>/dev/null || true
      for lock in '\(checkout.cache)'/fleet/*.lock '\(checkout.cache)'/build/*.lock; do
        flock --nonblock "$lock" true || echo "$lock is held"
      done
      """)
    return processes + (mounts + hidden.lines).map { "there is \($0)" }
  }

  private func differences(from expected: Expected) throws -> [String] {
    var differences: [String] = []
    let place = fixture.exists("published/test") ? directory : remote
    let index = try IndexDocument(
      Array(Data(contentsOf: URL(fileURLWithPath: "\(place)/index.json"))))
    for name in FleetSite.personalities {
      let path = "test/master/amd64/amd64/\(name)"
      let found = try Shell.run("cd '\(place)'; ls '\(path)'").lines
      let names = expected.versions.map { "test-master-amd64-amd64.\($0).\(name)" }
      let variant = index?.variant(path)
      let latest = try Shell.run("readlink -f '\(place)/latest/\(path)'").lines
      if found != names { differences.append("\(path) has \(found)") }
      if variant?.versions.map(\.version).sorted() != names {
        differences.append("the index lists \(String(describing: variant))")
      }
      if latest != ["\(place)/\(path)/\(names.last!)"] {
        differences.append("the newest version of \(path) is \(latest)")
      }
      if (variant?.released != nil) != expected.isReleased {
        differences.append("\(path) is released: \(!expected.isReleased)")
      }
    }
    if expected.isReleased { differences += try unreleased() }
    return differences
  }

  private func unreleased() throws -> [String] {
    let record = directory.appending("releases/small/1.json")
    let check = try Shell.start(
      "/bin/bash",
      [
        "-c",
        """
        gpg --homedir '\(checkout.signingKey.home)' --verify '\(record).asc' '\(record)' &&
          test -s '\(directory)/releases/small/1.md' &&
          test -e '\(directory)/released/test/master/amd64/amd64/f/SHA256SUMS'
        """,
      ])
    return check.status == 0 ? [] : ["the release is not whole: \(check.errors)"]
  }

  /// Removes what was published and built.
  func clear(_ places: FilePath...) throws {
    for place in places { try Shell.run("rm -rf '\(place)'") }
  }

  /// Keeps the state of the directory.
  func keep(_ name: String) throws {
    try Shell.run("cp -a '\(directory)' '\(fixture.path(name))'")
  }

  func restore(_ name: String) throws {
    try Shell.run("rm -rf '\(directory)'; cp -a '\(fixture.path(name))' '\(directory)'")
  }

  var builds: FilePath { checkout.cache.appending("build") }
}
