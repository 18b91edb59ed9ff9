import Bindings
import Configuration
import Glibc
import SystemPackage

/// A directory on a host that ssh reaches (publish:ssh).
struct SSHDestination: Destination {
  var connection: SSHConnection
  /// The directory that rsync fills before it is renamed. Its name depends only on the build
  /// directory and the host, so that the next build finds what a killed build left.
  private let partial: String

  init(_ configuration: Configuration, _ paths: BuildPaths) throws {
    guard let place = try configuration.value(Options.publish.ssh) else {
      throw PublishingError.missingPlace(.ssh)
    }
    connection = try SSHConnection(place, configuration, paths)
    partial = ".\(BuildIdentity(paths).text).partial"
  }

  let option = DestinationKind.ssh.option
  let tools = [
    RequiredTool(name: "ssh", package: "openssh-client", purpose: "publish to publish:ssh"),
    RequiredTool(name: "rsync", package: "rsync", purpose: "publish to publish:ssh"),
  ]
  let localDirectory: FilePath? = nil
  var place: String { connection.place.description }
  var sharedFiles: (any SharedFiles)? {
    SSHFiles(connection: connection, added: "\(partial).added")
  }

  func check() async throws {
    var brief = connection
    brief.retries = connection.retries.brief
    _ = try await brief.run(.check)
  }

  func versions(of variant: PublishedVariant?) async throws -> [ListedVersion] {
    let answer = try await connection.run(.versions, variant.map { [$0.path] } ?? [])
    return answer.output.split(separator: 0).compactMap { entry -> ListedVersion? in
      // SECONDS ./VERSION/SHA256SUMS
      let words = String(decoding: entry, as: UTF8.self).split(separator: " ", maxSplits: 1)
      guard words.count == 2, let seconds = UInt64(words[0]), words[1].hasPrefix("./"),
        let slash = words[1].lastIndex(of: "/"),
        let version = PublishedVersion(path: String(words[1][..<slash].dropFirst(2)))
      else { return nil }
      return ListedVersion(version: version, secondsSinceEpoch: seconds)
    }
  }

  func holds(_ version: PublishedVersion) async throws -> Bool {
    try await connection.run(.holds, [version.path]).status == .done
  }

  func read(_ file: String, of version: PublishedVersion) async throws -> [UInt8]? {
    try await sharedFiles?.read("\(version.path)/\(file)")?.bytes
  }

  func fetch(_ version: PublishedVersion, to directory: FilePath) async throws -> Bool {
    try await connection.fetch(version.path, to: directory)
    return true
  }

  func put(
    _ version: PublishedVersion, _ files: [PublishedFile], from outputs: FilePath,
    report: @escaping @Sendable (UInt64) -> Void
  ) async throws {
    try await exclusively(version) { try await connection.run(.begin, [version.path, partial]) }
    try await connection.send(outputs, to: partial, report: report)
    let list = Array(files.map { ChecksumLine.text($0.digest, $0.name) }.joined().utf8)
    let digest = MessageDigest.hexadecimal(of: list)
    try await exclusively(version) {
      try await connection.run(.finish, [version.path, partial, digest], input: list)
    }
  }

  func beginRemoval(of version: PublishedVersion) async throws {
    _ = try await connection.run(.beginRemoval, [version.path])
  }

  func finishRemovals(of variants: [PublishedVariant]) async throws -> [String] {
    let answer = try await connection.run(.finishRemovals, variants.map(\.path))
    // ./.NAME.removed
    return answer.output.split(separator: 0).map {
      String(String(decoding: $0, as: UTF8.self).dropFirst("./.".count).dropLast(".removed".count))
    }
  }

  private func exclusively(
    _ version: PublishedVersion, _ script: () async throws -> SSHConnection.Answer
  ) async throws {
    guard try await script().status == .done else {
      throw PublishingError.alreadyPublished(version, place)
    }
  }
}
