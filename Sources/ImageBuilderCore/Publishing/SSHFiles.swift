import Bindings
import Configuration
import SystemPackage

/// The shared files of a directory on another host. Publishers change them under a lock on `.lock`
/// there.
struct SSHFiles: SharedFiles {
  let connection: SSHConnection
  /// The directory to which files are sent before they are moved to their places.
  let added: String
  var place: String { connection.place.description }

  func read(_ path: String) async throws -> SharedFile? {
    let answer = try await connection.run(.read, [path])
    guard answer.status == .done else { return nil }
    return SharedFile(bytes: answer.output, tag: MessageDigest.hexadecimal(of: answer.output))
  }

  func replace(_ path: String, _ old: SharedFile?, with bytes: [UInt8]) async throws -> Bool {
    let digest = MessageDigest.hexadecimal(of: bytes)
    let answer = try await connection.run(
      .replace, [path, digest, old?.tag ?? "-"], input: bytes)
    return answer.status == .done
  }

  func write(_ bytes: [UInt8], to path: String) async throws {
    _ = try await connection.run(
      .write, [path, MessageDigest.hexadecimal(of: bytes)], input: bytes)
  }

  func link(_ path: String, to directory: String) async throws {
    let up = String(repeating: "../", count: FilePath(path).components.count - 1)
    _ = try await connection.run(.link, [path, up + directory])
  }

  func files(below directory: String) async throws -> [StoredFile] {
    let answer = try await connection.run(.files, [directory])
    return answer.output.split(separator: 0).compactMap { entry -> StoredFile? in
      // MODE SIZE SECONDS ./PATH
      let words = String(decoding: entry, as: UTF8.self).split(separator: " ", maxSplits: 3)
      guard words.count == 4, let mode = UInt32(words[0], radix: 16),
        FileKind(mode) != .directory, let size = UInt64(words[1]), let seconds = UInt64(words[2]),
        words[3].hasPrefix("./"), !words[3].hasSuffix(Self.unfinished)
      else { return nil }
      return StoredFile(
        path: String(words[3].dropFirst(2)), sizeInBytes: size, secondsSinceEpoch: seconds)
    }
  }

  func add(
    _ paths: [String], from directory: FilePath, report: @escaping @Sendable (UInt64) -> Void
  ) async throws {
    guard !paths.isEmpty else { return }
    _ = try await connection.run(.beginAdding, [added])
    try await connection.send(directory, only: paths, to: added, report: report)
    let list = Array(paths.map { $0 + "\n" }.joined().utf8)
    _ = try await connection.run(
      .finishAdding, [added, MessageDigest.hexadecimal(of: list)], input: list)
  }

  func remove(_ paths: [String]) async throws {
    guard !paths.isEmpty else { return }
    _ = try await connection.run(
      .removeFiles, input: Array(paths.map { $0 + "\n" }.joined().utf8))
  }

  /// The suffix of files that scripts have not finished.
  private static let unfinished = ".partial"
}
