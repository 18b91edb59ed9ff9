import Foundation
import Synchronization
import SystemPackage

/// Two signed Flatpak remotes on a server that records requests.
///
/// `Tests/Fixtures/flatpak/remote.py` makes them once for all tests of a process, which also share the
/// server. A test gets a copy with URLs of its own.
package final class FlatpakTestRemote {
  private let directory: FilePath
  private let shared: Shared
  /// The first part of the paths of URLs.
  private let name: String
  private let numberOfSeen = Mutex(0)

  /// The URL of the directory with both remotes.
  package var serverURL: String { "\(shared.server.url)/\(name)" }
  /// The remote with most apps. Its collection ID is `org.example.Repo`.
  package var url: String { "\(serverURL)/first/repo" }
  /// A remote with the apps `org.example.Hello` and `org.example.Book`.
  package var secondURL: String { "\(serverURL)/second/repo" }
  /// The repository behind `url`.
  package var repository: FilePath { directory.appending("first/repo") }
  /// The public key of `url`.
  package var key: FilePath { directory.appending("keys/first.gpg") }
  /// The public key of `secondURL`.
  package var secondKey: FilePath { directory.appending("keys/second.gpg") }
  /// A public key that has signed nothing.
  package var otherKey: FilePath { directory.appending("keys/other.gpg") }
  /// The file that describes `url`.
  package var repositoryFile: FilePath { directory.appending("example.flatpakrepo") }

  /// Makes the remotes in the directory `remotes` of a fixture.
  package init(_ fixture: Fixture) throws {
    shared = try Shared.instance.get()
    directory = fixture.path("remotes")
    name = fixture.directory.lastComponent!.string
    try Shell.run(
      """
      mkdir '\(directory)'; ln -s '\(directory)' '\(shared.served)/\(name)'
      cd '\(shared.original)'; cp -a keys *.flatpakrepo '\(directory)'
      cp -al first second '\(directory)'
      sed -i 's#@URL@#\(serverURL)#' '\(repositoryFile)'
      """)
  }

  deinit { stop() }

  /// Changes a byte in the middle of files in the first remote.
  ///
  /// - Parameter files: a list of patterns, relative to the repository.
  package func damage(_ files: String) throws {
    let found = try Shell.run("cd '\(repository)'; ls \(files)").lines
    for file in found.map({ repository.appending($0) }) {
      try Shell.run("cp '\(file)' '\(file).new'; mv '\(file).new' '\(file)'")
      try RepositoryFixture.damage(file)
    }
  }

  /// The paths that were requested since the last call, relative to `serverURL`.
  package func requests() throws -> [String] {
    let all = try String(contentsOfFile: shared.log.string, encoding: .utf8)
      .split(separator: "\n").filter { $0.hasPrefix("/\(name)/") }
      .map { String($0.dropFirst(name.utf8.count + 1)) }
    return numberOfSeen.withLock { seen in
      defer { seen = all.count }
      return Array(all.dropFirst(seen))
    }
  }

  /// Makes the server answer that there is nothing. It still records requests.
  package func stop() { unlink(shared.served.appending(name).string) }

  /// Publishes a version of an app in the first remote.
  ///
  /// - Parameter options: those of `remote.py publish`.
  package func publish(
    _ app: String, branch: String = "stable", _ options: String = "",
    at timestamp: String = "2024-06-01T00:00:00Z"
  ) throws {
    try Shared.run("publish '\(directory)' \(app) \(branch) \(timestamp) \(options)")
  }

  /// Publishes small apps in the first remote: `org.example.App0` and so on.
  package func publishMany(_ count: Int) throws {
    try Shared.run("many '\(directory)' \(count)")
  }

  /// Remembers the state of the first remote.
  package func save() throws {
    try Shell.run("cd '\(directory)/first'; rm -rf saved; cp -al repo saved")
  }

  /// Sends the remembered state from now on, as somebody who recorded it could.
  package func replay() throws {
    try Shell.run("cd '\(directory)/first'; rm -rf repo; cp -al saved repo")
  }
}

/// What the tests of a process share.
private final class Shared: Sendable {
  static let instance: Result<Shared, any Error> = Result {
    let shared = try Shared()
    // A constant is never released.
    atexit { Shared.instance.end() }
    return shared
  }

  private let fixture: Fixture
  nonisolated(unsafe) let server: HTTPServer
  let original: FilePath
  let served: FilePath
  let log: FilePath

  private init() throws {
    fixture = try Fixture()
    original = try fixture.makeDirectory("original")
    served = try fixture.makeDirectory("served")
    log = try fixture.write("requests", "")
    try Self.run("make '\(original)'")
    // Copies have links to the files, which all programs replace, with the exception of locks.
    try Shell.run("find '\(original)' -name .lock -delete")
    server = try HTTPServer(
      served,
      answer: "with open('\(log)', 'a') as log: log.write(self.path + '\\n')\nreturn False")
  }

  static func run(_ arguments: String) throws {
    let script = Checkout.directory.appending("Tests/Fixtures/flatpak/remote.py")
    try Shell.run("/usr/bin/python3 -B '\(script)' \(arguments)")
  }

  func end() {
    server.end()
    _ = try? Shell.run("rm -rf '\(fixture.directory)'")
  }
}

extension Result where Success == Shared {
  fileprivate func end() { if case .success(let shared) = self { shared.end() } }
}
