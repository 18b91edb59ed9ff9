import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

extension UpdateTests {
  /// The whole way of a team without an OSTree server: a build publishes the image and its tree, the
  /// next build a newer tree, and the first image, booted, updates itself from there.
  @Test(arguments: DestinationKind.allCases.filter { [.directory, .s3].contains($0) })
  func updatesFromWhatBuildsPublished(kind: DestinationKind) async throws {
    let fixture = try Fixture()
    let folder = "update-test-published-\(kind.rawValue)"
    let published = Checkout.directory.appending(".build/\(folder)/published")
    let files = kind == .directory ? try HTTPServer(published) : nil
    let server = try FaultProxy(before: files?.url ?? "moto:images")
    let port = try #require(server.url.split(separator: ":").last)
    let image = try DefaultImage(
      in: folder,
      morePublishSettings: """
        tree = true
        destinations = directory \(kind.rawValue)
        s3_bucket = images
        s3_region = us-east-1
        s3_acl = public-read
        s3_endpoint = \(server.url)
        """,
      moreBootTestSettings: """
        firmware = uefi
        [ostree]
        repodir = \(Checkout.directory)/.build/\(folder)/content
        deploy_url = http://10.0.2.2:\(port)\(kind == .s3 ? "/images" : "")/ostree
        """,
      awsCredentials: "[default]\naws_access_key_id = test\naws_secret_access_key = test\n")
    let repository = try fixture.makeDirectory("repository")
    let update = try PublishedUpdate(fixture, repository: repository)
    try #require(update.old.commit == image.commit)
    try image.publishAgain(pulling: repository)

    let boot = try #require(image.record.machines.first)
    let hardware = try MachineHardware(
      image: image.raw, firmware: .uefi, acceleration: boot.acceleration, hasNetwork: true,
      diskSizeInBytes: 4 << 30)
    let system = try UpdatedSystem(hardware, image: image)
    try await system.expectBoot(update.old, first: update.old)
    try await system.rootRuns("ostree admin upgrade")
    #expect(server.requests.contains { $0.contains("/ostree/deltas/") && $0.contains(" 200 ") })
    try await system.expectDefault(update.new)
    try await system.reboot()
    try await system.expectBoot(update.new, first: update.new)
    #expect(try await system.rootRuns("cat /usr/share/update-test") == "new")
    try await system.powerOff()
    withExtendedLifetime(files) {}
  }
}
