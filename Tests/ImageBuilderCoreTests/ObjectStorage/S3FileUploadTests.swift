import Foundation
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import Bindings
@testable import ImageBuilderCore

@Suite struct S3FileUploadTests {
  private static let size = 40 << 20
  let fixture: Fixture
  let store: ObjectStore
  private var file: FilePath { fixture.path("large") }

  init() throws {
    fixture = try Fixture()
    store = try ObjectStore()
    try Shell.run("head -c \(Self.size) /dev/urandom >'\(fixture.path("large"))'")
  }

  private func upload(_ client: S3Client, _ meter: TransferMeter) throws -> S3FileUpload {
    let facts = try FileFacts(of: file)
    return S3FileUpload(
      client: client, key: "dir/large", file: file, sizeInBytes: facts.sizeInBytes,
      digest: facts.digest, headers: [], meter: meter)
  }

  private func send(
    _ client: S3Client, resuming upload: S3MultipartUpload? = nil
  ) async throws {
    let meter = TransferMeter { _ in }
    try await self.upload(client, meter).run(resuming: upload)
  }

  private var parts: [String] {
    store.proxy.requests.filter { $0.contains("PUT") && $0.contains("partNumber") }
  }

  private func isStored(_ client: S3Client) async throws -> Bool {
    let facts = try FileFacts(of: file)
    let content = try await client.get("dir/large", maximumSizeInBytes: Self.size)
    guard try content?.bytes == FileAccess.bytes(of: file) else { return false }
    return try await client.holds("dir/large", digest: facts.digest, sizeInBytes: facts.sizeInBytes)
  }

  @Test func faultsOfPartsAndOfTheirCompletionAreSurvived() async throws {
    let client = try store.client()
    for rule: FaultProxy.Rule in [
      .init("PUT .*partNumber=2", "cut-request", bytes: 5 << 20),
      .init("PUT .*partNumber=2", "corrupt-request", bytes: 5 << 20),
      .init("PUT .*partNumber=3", "lose"), .init("PUT .*partNumber", "500", times: 3),
      .init("PUT .*partNumber=1", "stall"), .init("PUT .*partNumber=1", "twice"),
      .init("POST .*uploadId", "lose"), .init("POST .*uploadId", "twice"),
      .init("POST .*uploads", "lose"), .init("GET .*uploadId", "corrupt", bytes: 400),
    ] {
      try store.proxy.set(rule)
      try await send(client)
      #expect(try await isStored(client), "\(rule)")
      #expect(store.proxy.requests.contains { $0.hasSuffix(" \(rule.fault)") }, "\(rule)")
      try await client.remove("dir/large")
      for stray in try await client.uploads(below: "dir/") { try await client.abort(stray) }
      #expect(try await client.uploads(below: "dir/").isEmpty)
    }
  }

  @Test func whatTheStoreHasOfAnUploadIsNotSentAgain() async throws {
    let patient = try store.client()
    try store.proxy.set(.init("PUT .*partNumber=3", "403", times: 100))
    await #expect(throws: S3Error.self) { try await send(patient) }
    try store.proxy.set()
    let upload = try #require(try await patient.uploads(below: "dir/").first)
    #expect(upload.key == "dir/large")
    #expect(try await patient.list("dir/", isFlat: true).objects.isEmpty)
    let present = try await patient.parts(of: upload).keys.sorted()
    #expect(present == [1, 2])

    // A part that is not the file's is sent again.
    let zeros = S3Client.Body([UInt8](repeating: 0, count: 16 << 20))
    try await patient.put(part: 2, of: upload, zeros) { _ in }
    try store.proxy.clearRequests()
    var client = patient
    client.pageSize = 1
    try await send(client, resuming: upload)
    #expect(try await isStored(client))
    #expect(parts.count == 2 && !parts.contains { $0.contains("partNumber=1") })
    #expect(try await client.uploads(below: "dir/").isEmpty)

    // An upload that the store has removed begins again.
    try await client.remove("dir/large")
    try await send(client, resuming: S3MultipartUpload(key: "dir/large", id: upload.id))
    #expect(try await isStored(client))
  }

  @Test func aFileThatChangesIsNotStored() async throws {
    let client = try store.client()
    let upload = try upload(client, TransferMeter { _ in })
    try Shell.run("printf x | dd of='\(file)' bs=1 seek=20000000 conv=notrunc status=none")
    await #expect(throws: FileFacts.Changed.self) { try await upload.run(resuming: nil) }
    try Shell.run("truncate --size=20000000 '\(file)'")
    await #expect(throws: FileFacts.Changed.self) { try await upload.run(resuming: nil) }
    #expect(try await client.list("dir/", isFlat: true).objects.isEmpty)
  }

  @Test func transferredBytesAreReported() async throws {
    let reports = Mutex<[UInt64]>([])
    let meter = TransferMeter { bytes in reports.withLock { $0.append(bytes) } }
    try store.proxy.set(.init("PUT .*partNumber=3", "slow", seconds: 1))
    try await upload(store.client(), meter).run(resuming: nil)
    let last = try #require(reports.withLock { $0.last })
    #expect(last > 0 && last <= Self.size)
  }
}
