import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// The publish stage of the program, and an object store that verifies signatures.
@Suite(.serialized) struct ObjectStoreTests {
  private static let variant = "test/master/amd64/amd64/base"
  private static let version = "\(variant)/test-master-amd64-amd64.7.base"
  private static let secret = "a/secret+of the-store".replacing(" ", with: "_")

  private let checkout: CheckoutFixture
  private let proxy: FaultProxy
  private let client: S3Client
  private var outputs: FilePath {
    checkout.cache.appending("build/test-master-amd64-amd64-base/out")
  }
  private let environment = ["AWS_ACCESS_KEY_ID": "ID", "AWS_SECRET_ACCESS_KEY": Self.secret]

  /// Builds a version with an image of several parts. A hook stops the build before it is published.
  init() throws {
    checkout = try CheckoutFixture()
    proxy = try FaultProxy(before: "moto:images", account: "ID:\(Self.secret)")
    client = S3Client(
      store: S3Store(bucket: "images", region: nil, endpoint: S3Endpoint(proxy.url)),
      credentials: S3Credentials(accessKeyID: "ID", secretAccessKey: Self.secret),
      transport: HTTPTransport(), retry: RetryPolicy())
    try checkout.addHook(
      "image", "50-blob", "head -c 40000000 /dev/urandom >\"$OSTREE_DEPLOYMENT\"/etc/blob\n")
    try checkout.addHook("check", "60-gate", "[ -e \"$EIB_CACHEDIR\"/go ]\n")
    try checkout.addHook("publish", "50-look", "! env | grep -q '^AWS_\\(ACC\\|SEC\\)'\n")
    try checkout.addHook("publish", "60-stop", "[ ! -e \"$EIB_CACHEDIR\"/stop ]\n")
    try writeSettings()
    try checkout.expectFailure(
      try checkout.build(["--build-version", "7"], environment: environment), 2, "check/60-gate")
    for mark in ["go", "stop"] { try checkout.fixture.write("cache/\(mark)", "") }
  }

  private func writeSettings() throws {
    try checkout.fixture.write(
      "checkout/config/local.ini",
      """
      [publish]
      destinations = s3
      s3_bucket = images
      s3_endpoint = \(proxy.url)
      s3_prefix = first

      """)
  }

  private func resume(from stage: String = "publish") throws -> RunningProgram {
    try checkout.start(["--from-stage", stage], environment: environment)
  }

  /// The keys below the prefix.
  private func keys() async throws -> Set<String> {
    Set(
      try await client.list("first/", isFlat: true).objects.map {
        String($0.key.dropFirst("first/".count))
      })
  }

  /// Expects that a version is absent, or has exactly the files of OUTDIR.
  private func expectWholeOrAbsent() async throws {
    let list = "first/\(Self.version)/SHA256SUMS"
    guard let content = try await client.get(list, maximumSizeInBytes: 1 << 20) else { return }
    #expect(try content.bytes == FileAccess.bytes(of: outputs.appending("SHA256SUMS")))
    for file in try PublishedFile.all(in: outputs) where !file.name.hasSuffix("build.txt") {
      #expect(
        try await client.holds(
          "first/\(Self.version)/\(file.name)", digest: file.digest,
          sizeInBytes: file.sizeInBytes), "\(file.name)")
    }
  }

  /// Expects that a version has the files of OUTDIR, and that nothing is unfinished.
  private func expectWhole(and more: [String] = []) async throws {
    try await expectWholeOrAbsent()
    let files = Directories.files(below: outputs).map { "\(Self.version)/\($0)" }
    // A claim on a complete version stays until the next version is published.
    let keys = try await keys().filter {
      !$0.contains("/.publishing/") && !$0.hasPrefix(".last/") && !$0.hasPrefix("failed/")
    }
    let difference = keys.symmetricDifference(files + more)
    #expect(difference.isEmpty, "\(difference)")
    #expect(try await client.uploads(below: "").isEmpty)
  }

  /// A hook after the upload fails each build but the last, so that each can be resumed.
  @Test func aPublishThatIsKilledGoesOn() async throws {
    try checkout.expectFailure(try resume(from: "check").wait(), 2, "publish/60-stop")
    try await expectWhole()
    let count = proxy.requests.count
    var generator = SeededGenerator(seed: 13)
    for signal in [SIGKILL, SIGTERM, SIGKILL, SIGTERM, SIGKILL, SIGKILL] {
      for key in try await keys() { try await client.remove("first/\(key)") }
      try proxy.clearRequests()
      let point = Int.random(in: 1..<count, using: &generator)
      let program = try resume()
      while program.isRunning, proxy.requests.count < point { usleep(1000) }
      program.send(signal)
      _ = program.wait()
      try await expectWholeOrAbsent()
      try checkout.expectFailure(try resume().wait(), 2, "publish/60-stop")
      try await expectWhole()
    }
    unlink(checkout.cache.appending("stop").string)
    let outcome = try resume().wait()
    #expect(outcome.status == 0 && !outcome.errors.contains(Self.secret), "\(outcome.errors)")
    try await expectWhole(
      and: ["index.json", "index.html", "latest/\(Self.variant)"])
    let records = try await keys().filter { $0.hasPrefix(".last/") || $0.hasPrefix("failed/") }
    #expect(records == [".last/\(Self.variant).json"], "no log of a failed try is left")
  }

  @Test func theVariablesOfRepetitionsAreForDestinationsToo() throws {
    try proxy.set(.init("GET", "503", times: 1000))
    for (attempts, repetitions) in [("1", 0), ("3", 2)] {
      let outcome = try checkout.build(
        ["--build-version", "8"],
        environment: environment.merging(
          ["EIB_RETRY_ATTEMPTS": attempts, "EIB_RETRY_INTERVAL": "0.1"]) { $1 })
      #expect(outcome.status == 69, "\(outcome.errors)")
      let lines = outcome.errors.split(separator: "\n")
      #expect(lines.count { $0.contains("trying again") } == repetitions, "\(outcome.errors)")
    }
  }

  @Test func aStoreThatRefusesIsToldBeforeTheBuild() throws {
    for (variables, words) in [
      ([:], "aws-credentials"),
      (["AWS_ACCESS_KEY_ID": "ID", "AWS_SECRET_ACCESS_KEY": "wrong"], "SignatureDoesNotMatch"),
    ] {
      let outcome = try checkout.build(["--build-version", "8"], environment: variables)
      #expect(outcome.status == 69 && outcome.errors.contains(words), "\(outcome.errors)")
      #expect(!outcome.errors.contains("ostree:"))
    }
  }
}
