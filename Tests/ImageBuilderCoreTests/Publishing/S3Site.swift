import Foundation
import SystemPackage
import TestSupport

@testable import Bindings
@testable import Configuration
@testable import ImageBuilderCore

/// Builds that publish to an object store.
struct S3Site {
  static let prefix = "images/of/us"

  let site: Site
  let store: ObjectStore

  init() throws {
    site = try Site([:])
    store = try ObjectStore()
    try site.fixture.write(
      "etc/aws-credentials",
      """
      [default]
      aws_access_key_id = ID
      aws_secret_access_key = the/secret+key
      aws_session_token = token
      """, mode: 0o600)
  }

  func settings(_ more: String = "", bucket: String = ObjectStore.bucket) -> String {
    """
    [publish]
    destinations = s3
    s3_bucket = \(bucket)
    s3_endpoint = \(store.proxy.url)
    s3_prefix = /\(Self.prefix)/
    \(more)

    """
  }

  /// A build with outputs. Builds of one directory follow each other.
  func publisher(
    _ version: String, directory: String = "cache", image: String = "image",
    settings: String? = nil
  ) throws -> Publisher {
    let publisher = try Publisher(
      site, settings: settings ?? self.settings(), version: version, cache: directory)
    try publisher.build(image: image)
    return publisher
  }

  /// The destination of a build, which waits only shortly.
  func destination(
    _ publisher: Publisher, retry: RetryPolicy = .quick()
  ) throws -> S3Destination {
    var destination = try S3Destination(publisher.configuration, publisher.paths)
    destination.retry = retry
    destination.timeouts = TransferTimeouts(stall: .seconds(1))
    return destination
  }

  /// Publishes the outputs of a build, and lists the version in the index.
  func publish(_ publisher: Publisher, retry: RetryPolicy = .quick()) async throws {
    let destination = try destination(publisher, retry: retry)
    if try await !destination.holds(publisher.version) {
      let files = try PublishedFile.all(in: publisher.paths.outputDirectory)
      try await destination.put(
        publisher.version, files, from: publisher.paths.outputDirectory
      ) { _ in }
    }
    try await PublicIndex(destination, destination.sharedFiles!).update(publisher.version.variant)
  }

  /// The content of all objects, by their keys below the prefix.
  func objects() async throws -> [String: [UInt8]] {
    let client = try store.client()
    var objects: [String: [UInt8]] = [:]
    for object in try await client.list("", isFlat: true).objects {
      let name =
        object.key.hasPrefix("\(Self.prefix)/")
        ? String(object.key.dropFirst(Self.prefix.count + 1)) : "outside: \(object.key)"
      objects[name] = try await client.get(object.key, maximumSizeInBytes: 1 << 26)?.bytes
    }
    return objects
  }

  /// The content of the files of a version in OUTDIR, by their paths at the destination.
  func files(_ publisher: Publisher) throws -> [String: [UInt8]] {
    let files = try PublishedFile.all(in: publisher.paths.outputDirectory)
    return Dictionary(
      uniqueKeysWithValues: try files.map {
        ("\(publisher.version)/\($0.name)", try FileAccess.bytes(of: $0.path))
      })
  }
}
