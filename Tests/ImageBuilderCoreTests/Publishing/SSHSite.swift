import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// Builds that publish over ssh.
struct SSHSite {
  /// A name with syntax of shells, of rsync and of ssh.
  static let nameWithSyntax = "it's a \"place\" $x %h"

  let site: Site
  let server: SSHServer
  /// Where builds publish to.
  let directory: FilePath

  init(directory name: String) throws {
    site = try Site([:])
    server = try SSHServer(site.fixture)
    directory = site.fixture.path(name)
    try trust(server)
  }

  func trust(_ server: SSHServer, key: FilePath? = nil, host: String? = nil) throws {
    try site.fixture.write("etc/known_hosts", host ?? server.knownHost)
    try Shell.run("cp '\(key ?? server.key)' '\(site.fixture.path("etc"))/ssh-key.pem'")
  }

  /// - Parameters:
  ///   - other: the server, if it is another one.
  ///   - options: further words of build:ssh_options.
  func publisher(
    _ version: String, personality: String = "en", on other: SSHServer? = nil,
    in directory: FilePath? = nil, options: String = ""
  ) throws -> Publisher {
    try Publisher(
      site,
      settings: """
        [build]
        ssh_options = -p \((other ?? server).port) -o ConnectTimeout=60 -o ServerAliveInterval=3 \
        -o ServerAliveCountMax=3 \(options)
        [publish]
        destinations = ssh
        ssh = root@127.0.0.1:\((directory ?? self.directory).string.replacing("$", with: "$$"))
        """, personality: personality, version: version)
  }

  /// The destination of a build, which does not try again.
  func destination(_ publisher: Publisher) throws -> SSHDestination {
    var destination = try #require(try publisher.destination as? SSHDestination)
    destination.connection.retries = .quick(attempts: 1)
    return destination
  }
}
