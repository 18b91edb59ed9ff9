import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Bindings
@testable import ImageBuilderCore

@Suite struct S3ClientTests {
  private static let odd = "a/ä &?%+=~'()*!\"<>#:@$,;[]{}|^`\\ b/../c"

  @Test func objectsAreWrittenReadListedAndRemoved() async throws {
    let store = try ObjectStore()
    let client = try store.client()
    for (key, text) in [(Self.odd, "1"), ("a/b", "22"), ("ab", ""), ("a/b/c", "333")] {
      #expect(try await client.put(key, S3Client.Body(Array(text.utf8)), headers: []))
    }
    #expect(try await client.get(Self.odd, maximumSizeInBytes: 1)?.bytes == Array("1".utf8))
    #expect(try await client.get("nothing", maximumSizeInBytes: 1) == nil)
    await #expect(throws: TransferError.self) {
      try await client.get("a/b", maximumSizeInBytes: 1)
    }
    let digest = MessageDigest.hexadecimal(of: "22")
    #expect(try await client.holds("a/b", digest: digest, sizeInBytes: 2))
    #expect(try await !client.holds("a/b", digest: digest, sizeInBytes: 3))
    #expect(try await !client.holds("ab", digest: digest, sizeInBytes: 0))
    #expect(try await !client.holds("nothing", digest: digest, sizeInBytes: 2))

    let all = try await client.list("a/", isFlat: true).objects
    #expect(Set(all.map(\.key)) == [Self.odd, "a/b", "a/b/c"])
    #expect(Set(all.map(\.sizeInBytes)) == [1, 2, 3])
    #expect(all.allSatisfy { abs($0.secondsSinceEpoch - time(nil)) < 1000 })
    let level = try await client.list("a/", isFlat: false)
    #expect(level.objects.map(\.key) == ["a/b"])
    #expect(Set(level.directories) == ["a/b/", "a/ä &?%+=~'()*!\"<>#:@$,;[]{}|^`\\ b/"])
    #expect(try await client.list("nothing/", isFlat: true) == S3Listing())

    try await client.remove(Self.odd)
    try await client.remove(Self.odd)
    #expect(try await client.get(Self.odd, maximumSizeInBytes: 1) == nil)
  }

  @Test func listsComeInPages() async throws {
    let store = try ObjectStore()
    var client = try store.client()
    client.pageSize = 2
    for number in 1...5 {
      _ = try await client.put("list/\(number)", S3Client.Body([]), headers: [])
      _ = try await client.put("list/\(number)/x", S3Client.Body([]), headers: [])
    }
    #expect(try await client.list("list/", isFlat: true).objects.count == 10)
    let level = try await client.list("list/", isFlat: false)
    #expect(level.objects.map(\.key) == (1...5).map { "list/\($0)" })
    #expect(level.directories == (1...5).map { "list/\($0)/" })
  }

  @Test func conditionalWritesHappenOnce() async throws {
    let store = try ObjectStore()
    let client = try store.client()
    func put(_ text: String, if condition: S3Condition) async throws -> Bool {
      try await client.put("index", S3Client.Body(Array(text.utf8)), headers: [], if: condition)
    }
    #expect(try await !put("0", if: .unchanged(tag: "\"none\"")))
    #expect(try await put("1", if: .absent))
    #expect(try await !put("2", if: .absent))
    let first = try await client.get("index", maximumSizeInBytes: 1)
    #expect(first?.bytes == Array("1".utf8))
    let tag = try #require(first?.tag)
    #expect(try await put("3", if: .unchanged(tag: tag)))
    #expect(try await !put("4", if: .unchanged(tag: tag)))

    // The store has written it, but its answer is lost.
    try store.proxy.set(.init("PUT .*/index", "lose"))
    let third = try #require(try await client.get("index", maximumSizeInBytes: 1)?.tag)
    #expect(try await put("5", if: .unchanged(tag: third)))
    #expect(try await client.get("index", maximumSizeInBytes: 1)?.bytes == Array("5".utf8))
  }

  @Test func passingFaultsAreSurvived() async throws {
    let store = try ObjectStore()
    let client = try store.client()
    let content = Array("content".utf8)
    for rule: FaultProxy.Rule in [
      .init("PUT", "refuse"), .init("PUT", "cut-request", bytes: 3), .init("PUT", "lose"),
      .init("PUT", "cut"), .init("PUT", "stall"), .init("PUT", "500"), .init("PUT", "twice"),
      .init("PUT", "503", headers: ["Retry-After": "0"]), .init("PUT", "429"),
      .init("PUT", "corrupt-request", bytes: 3), .init("PUT", "slow", seconds: 0.1),
      .init("PUT", "refuse", times: 3), .init("GET /images/object", "corrupt", bytes: 2),
      .init("GET /images/object", "cut", bytes: 2), .init("GET", "corrupt"),
      .init("GET", "cut", bytes: 20),
    ] {
      try store.proxy.set(rule)
      try store.proxy.clearRequests()
      #expect(
        try await client.put("object", S3Client.Body(content), headers: [], if: .absent), "\(rule)")
      #expect(try await client.get("object", maximumSizeInBytes: 7)?.bytes == content, "\(rule)")
      #expect(try await client.list("", isFlat: true).objects.map(\.key) == ["object"], "\(rule)")
      #expect(store.proxy.requests.contains { $0.hasSuffix(" \(rule.fault)") })
      try await client.remove("object")
    }
  }

  @Test func lastingFaultsAreToldWithTheWayOut() async throws {
    let store = try ObjectStore()
    func error(_ client: S3Client) async throws -> S3Error? {
      await #expect(throws: S3Error.self) { try await client.checkReadable("") }
    }
    let wrongKey = try await error(store.client(secret: "other"))
    #expect(wrongKey?.code == "SignatureDoesNotMatch" && wrongKey?.status == 403)
    #expect(wrongKey?.description.contains("Correct the keys") == true)
    #expect(wrongKey?.description.contains("other") == false)
    let wrongBucket = try await error(store.client(bucket: "nowhere"))
    #expect(wrongBucket?.code == "NoSuchBucket" && wrongBucket?.isAbsence == false)
    #expect(wrongBucket?.description.contains("publish:s3_bucket") == true)
    await #expect(throws: S3Error.self) {
      try await store.client(bucket: "nowhere").get("object", maximumSizeInBytes: 1)
    }
    try store.proxy.set(.init("GET", "500", times: 1000))
    let broken = try await error(store.client(retry: .quick(attempts: 4)))
    #expect(broken?.status == 500 && store.proxy.requests.count > 3)
    let redirect = FaultProxy.Rule("GET", "301", headers: ["x-amz-bucket-region": "eu-west-3"])
    try store.proxy.set(redirect)
    #expect(try await error(store.client())?.description.hasSuffix("region to eu-west-3") == true)
  }

  @Test func answersThatMakeNoSenseAreRefused() async throws {
    let fixture = try Fixture()
    let server = try HTTPServer(
      fixture.directory,
      answer: """
        import re, urllib.parse
        text = urllib.parse.parse_qs(self.path.partition("?")[2])["prefix"][0]
        content = text.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        return True
        """)
    let client = S3Client(
      store: S3Store(bucket: "b", region: nil, endpoint: S3Endpoint(server.url)),
      credentials: S3Credentials(accessKeyID: "ID", secretAccessKey: "key"),
      transport: HTTPTransport(), retry: RetryPolicy(firstDelay: .seconds(1), limit: .zero))
    let object = "<Size>1</Size><ETag>t</ETag><LastModified>2026-11-29T02:28:05.000Z</LastModified>"
    for page in [
      "<Other/>", "<ListBucketResult>",
      "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
      "<ListBucketResult><Contents><Key>x</Key>\(object)</Contents></ListBucketResult>",
      "<ListBucketResult><Contents>\(object)</Contents></ListBucketResult>",
      "<ListBucketResult><Contents><Size>-1</Size></Contents></ListBucketResult>",
      "<ListBucketResult><CommonPrefixes/></ListBucketResult>",
    ] {
      await #expect(throws: S3AnswerError.self, "\(page)") {
        try await client.list(page, isFlat: true)
      }
    }
    let error = await #expect(throws: S3Error.self) {
      try await client.list("<Error><Code>SlowDown</Code></Error>", isFlat: true)
    }
    #expect(error?.isTransient == true)
  }
}
