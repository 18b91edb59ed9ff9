import Foundation
import Synchronization
import SystemPackage
import TestSupport

@testable import Bindings
@testable import ImageBuilderCore

/// An object store on loopback, behind a proxy that verifies signatures and fails on request.
final class ObjectStore: @unchecked Sendable {
  static let bucket = "images"
  let proxy: FaultProxy

  init() throws {
    proxy = try FaultProxy(before: "moto:\(Self.bucket)", account: "ID:the/secret+key:token")
  }

  /// A client that waits only shortly between attempts, and for the store.
  func client(
    bucket: String = bucket, secret: String = "the/secret+key", region: String? = nil,
    retry: RetryPolicy = .quick()
  ) throws -> S3Client {
    S3Client(
      store: S3Store(bucket: bucket, region: region, endpoint: S3Endpoint(proxy.url)),
      credentials: S3Credentials(
        accessKeyID: "ID", secretAccessKey: secret, sessionToken: "token"),
      transport: HTTPTransport(),
      retry: retry,
      timeouts: TransferTimeouts(stall: .seconds(1)))
  }
}
