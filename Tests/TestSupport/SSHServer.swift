import Foundation
import SystemPackage

/// An ssh server on the loopback interface, with keys of its own, that lets root in.
///
/// Tests can break connections: `Tests/Fixtures/ssh/server.py` describes the faults.
package final class SSHServer {
  private let process: RunningProgram
  private let fixture: Fixture
  private let name: String

  package let port: Int
  /// The private key that the server accepts.
  package var key: FilePath { fixture.path("\(name)/user") }
  /// A private key that the server does not accept.
  package var otherKey: FilePath { fixture.path("\(name)/other") }
  /// The line of the server in a file of known hosts.
  package private(set) var knownHost = ""
  /// A line with another key for the server.
  package private(set) var otherKnownHost = ""

  /// - Parameter command: replaces the commands of clients, which are in `SSH_ORIGINAL_COMMAND`.
  package init(_ fixture: Fixture, name: String = "sshd", command: String? = nil) throws {
    self.fixture = fixture
    self.name = name
    let directory = try fixture.makeDirectory(name)
    try Shell.run(
      """
      mkdir -p /run/sshd; cd '\(directory)'
      for key in host user other; do ssh-keygen -q -t ed25519 -N '' -C '' -f $key; done
      """)
    try fixture.write(
      "\(name)/configuration",
      """
      HostKey \(directory)/host
      AuthorizedKeysFile \(directory)/user.pub
      StrictModes no
      UsePAM no
      PidFile none
      PasswordAuthentication no
      KbdInteractiveAuthentication no
      \(command.map { "ForceCommand \($0)" } ?? "")
      """)
    process = try RunningProgram(
      "/usr/bin/env",
      [
        "python3", Checkout.directory.appending("Tests/Fixtures/ssh/server.py").string,
        "\(directory)/configuration", directory.string,
      ])
    for _ in 0..<200 where !fixture.exists("\(name)/port") { usleep(50_000) }
    guard let port = Int(try fixture.text("\(name)/port")) else { throw POSIXError(.ETIMEDOUT) }
    self.port = port
    knownHost = try line("host")
    otherKnownHost = try line("other")
  }

  private func line(_ key: String) throws -> String {
    "[127.0.0.1]:\(port) \(try fixture.text("\(name)/\(key).pub"))"
  }

  /// Breaks the connections that begin from now on; nil breaks none.
  package func set(fault: String?) throws {
    guard let fault else { return _ = unlink(fixture.path("\(name)/fault").string) }
    try fixture.write("\(name)/fault", fault)
  }

  /// What the server wrote to its log.
  package var log: String { (try? fixture.text("\(name)/log")) ?? "" }

  deinit {
    // The sshd of each connection ends when this program does.
    process.send(SIGKILL)
    _ = process.wait()
  }
}
