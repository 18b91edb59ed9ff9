import Bindings
import Configuration
import SystemPackage

/// What a package repository offers now: the digest of its index, and the index's time.
struct RepositoryMetadata: Sendable, Equatable {
  let alias: String
  /// SHA-256 of the index and of the key.
  let digests: [String]
  /// Seconds since 1970; nil if the index does not say.
  let time: UInt64?

  private static let largestInBytes: UInt64 = 64 << 20

  /// Asks all repositories of a layer.
  ///
  /// - Throws: `RepositoryError`; `CancellationError`.
  static func ask(_ layer: BaseLayer, _ fetch: LayerFetch) async throws -> [RepositoryMetadata] {
    var found: [RepositoryMetadata] = []
    for repository in layer.repositories {
      var digests: [String] = []
      var time: UInt64?
      for url in try await indexes(of: repository, layer, fetch) {
        let bytes = try await fetch.bytes(url, largestInBytes: largestInBytes)
        digests.append(MessageDigest.hexadecimal(of: bytes))
        let text = String(decoding: bytes, as: UTF8.self)
        time = [time, Self.time(in: text)].compactMap(\.self).max()
      }
      if let key = repository.key {
        digests.append(
          MessageDigest.hexadecimal(of: try await fetch.bytes(key, largestInBytes: 1 << 20)))
      }
      found.append(RepositoryMetadata(alias: repository.alias, digests: digests, time: time))
    }
    return found
  }

  /// The URLs of what changes whenever a package does.
  private static func indexes(
    of repository: BaseLayer.Repository, _ layer: BaseLayer, _ fetch: LayerFetch
  ) async throws -> [String] {
    switch layer.packageManager {
    case .apt:
      let words = repository.url.split(separator: " ").map(String.init)
      let base = words[0].hasSuffix("/") ? String(words[0].dropLast()) : words[0]
      return words[1].hasSuffix("/")
        ? ["\(base)/\(words[1])InRelease"] : ["\(base)/dists/\(words[1])/InRelease"]
    case .apk:
      return ["\(repository.url)/\(Architecture.hostMachineName)/APKINDEX.tar.gz"]
    case .dnf, .zypper:
      guard repository.url.hasSuffix(".repo") else {
        return [index(below: repository.url, layer)]
      }
      let file = try await fetch.bytes(repository.url, largestInBytes: 1 << 20)
      let bases = String(decoding: file, as: UTF8.self).split(whereSeparator: \.isNewline)
        .compactMap { $0.wholeMatch(of: #/\s*baseurl\s*=\s*(\S+)\s*/#).map { String($0.1) } }
      // A list of mirrors tells nothing about packages.
      return [repository.url] + bases.map { index(below: $0, layer) }
    }
  }

  private static func index(below url: String, _ layer: BaseLayer) -> String {
    let variables = [
      "releasever": layer.releaseVersion ?? "", "basearch": Architecture.hostMachineName,
      "arch": Architecture.hostMachineName,
    ]
    var text = url
    for (name, value) in variables {
      text = text.split(separator: "${\(name)}", omittingEmptySubsequences: false)
        .joined(separator: value)
        .split(separator: "$\(name)", omittingEmptySubsequences: false).joined(separator: value)
    }
    return (text.hasSuffix("/") ? text : "\(text)/") + "repodata/repomd.xml"
  }

  /// The time of a repomd.xml (its newest timestamp), or of an InRelease (`Date`).
  private static func time(in text: String) -> UInt64? {
    let stamps = text.matches(of: #/<timestamp>(\d+)(?:\.\d+)?<\/timestamp>/#).compactMap {
      UInt64($0.1)
    }
    if let newest = stamps.max() { return newest }
    guard let date = text.firstMatch(of: #/(?m)^Date: (.+)$/#) else { return nil }
    return UTCDate.seconds(String(date.1))
  }
}

/// Fetches small files of repositories: by http, https and from the host.
struct LayerFetch: Sendable {
  private let transport = HTTPTransport()
  private let retry: RetryPolicy

  /// - Parameter say: gets a sentence for each failure that is followed by another attempt.
  init(say: @escaping @Sendable (String) -> Void) throws {
    retry = try .configured(report: say).brief
  }

  /// - Throws: `RepositoryError`; `CancellationError`.
  func bytes(_ url: String, largestInBytes: UInt64) async throws -> [UInt8] {
    do {
      if url.hasPrefix("file://") {
        return try FileAccess.bytes(of: FilePath(String(url.dropFirst("file://".count))))
      }
      let request = HTTPRequest(
        url: url, maximumResponseInBytes: largestInBytes, followsRedirects: true)
      return try await transport.answer(to: request, retry).body
    } catch let error as CancellationError {
      throw error
    } catch {
      throw RepositoryError(url: url, reason: "\(error)")
    }
  }
}

/// A package repository, or its key, cannot be reached.
struct RepositoryError: ExitStatusError, CustomStringConvertible {
  let url: String
  let reason: String

  var exitStatus: ExitStatus { .unavailable }
  var description: String { "the repository at \(visible(url)) cannot be used: \(reason)" }
}
