import Foundation
import SystemPackage

/// A proxy on loopback that fails on request (Tests/Servers/fault-proxy), before a server or before
/// an object store of its own.
package final class FaultProxy {
  private let fixture: Fixture
  private let process: RunningProgram
  /// The URL that clients use.
  package let url: String

  /// - Parameters:
  ///   - upstream: the URL of a server, or `moto:BUCKET`.
  ///   - account: `ID:KEY[:TOKEN]` if requests must be signed as S3 demands.
  package init(before upstream: String, account: String? = nil) throws {
    fixture = try Fixture()
    let directory = Checkout.directory
    let options = account.map { ["--account", $0] } ?? []
    process = try RunningProgram(
      directory.appending(".build/test-python/bin/python3").string,
      [directory.appending("Tests/Servers/fault-proxy").string] + options
        + [fixture.directory.string, upstream])
    var port: String?
    for _ in 0..<600 where port == nil && process.isRunning {
      usleep(50_000)
      port = try? fixture.text("port").trimmingCharacters(in: .whitespacesAndNewlines)
    }
    guard let port else {
      process.send(SIGKILL)
      throw ShellFailure(command: "fault-proxy", outcome: process.wait())
    }
    url = "http://127.0.0.1:\(port)"
  }

  deinit {
    process.send(SIGKILL)
    _ = process.wait()
  }

  /// What happens to requests. `Tests/Servers/fault-proxy` describes the faults.
  package struct Rule: Codable, Sendable {
    var match: String
    package var fault: String
    var bytes: Int?
    var seconds: Double?
    var headers: [String: String]?
    var skip: Int?
    package var times: Int?

    package init(
      _ match: String, _ fault: String, bytes: Int? = nil, seconds: Double? = nil,
      headers: [String: String]? = nil, skip: Int? = nil, times: Int? = nil
    ) {
      self.match = match
      self.fault = fault
      self.bytes = bytes
      self.seconds = seconds
      self.headers = headers
      self.skip = skip
      self.times = times
    }
  }

  /// Replaces the rules.
  package func set(_ rules: Rule...) throws {
    let data = try JSONEncoder().encode(rules)
    // A new file: the proxy knows it by its inode and time.
    try data.write(to: URL(fileURLWithPath: fixture.path("faults").string), options: .atomic)
  }

  /// The requests so far: `METHOD TARGET STATUS FAULT`.
  package var requests: [String] {
    ((try? fixture.text("log")) ?? "").split(separator: "\n").map(String.init)
  }

  /// Forgets the requests so far.
  package func clearRequests() throws {
    guard truncate(fixture.path("log").string, 0) == 0 else { throw POSIXError(.EIO) }
  }
}
