import Foundation
import SystemPackage
import TestSupport
import Testing

extension Reliability {
  /// Concurrent builds of several variants from one content repository.
  @Suite(.serialized) struct ManyBuilds {
    private static let personalities = ["a", "b", "c", "d", "e", "f", "g", "h"]

    private let checkout: CheckoutFixture

    init() throws {
      checkout = try CheckoutFixture()
      try checkout.addHook(
        "image", "50-name", "echo \"$EIB_PERSONALITY\" > \"$OSTREE_DEPLOYMENT\"/etc/personality\n")
      try checkout.fixture.write(
        "checkout/config/local.ini",
        """
        [publish]
        directory = ${build:cachedir}-published
        [image]
        extra_space = 1M
        """)
    }

    @Test func buildsSideBySideAreThoseOfOneAfterTheOther() throws {
      var expected: [String: String] = [:]
      let clock = ContinuousClock()
      let begin = clock.now
      for personality in Self.personalities {
        let outcome = try start(personality, "alone").wait()
        try #require(outcome.status == 0, "\(outcome.errors)")
        expected[personality] = try sums(personality, "alone")
      }
      #expect(Set(expected.values).count == Self.personalities.count)
      let oneBuild = (clock.now - begin) / Self.personalities.count
      var generator = SeededGenerator(seed: seed)
      for round in 0..<max(1, points / 36) {
        let place = "together-\(round)"
        let killed = try buildAll(in: place, oneBuild, &generator)
        print("round \(round), seed \(seed): killed \(killed.sorted())")
        for personality in Self.personalities {
          #expect(try sums(personality, place) == expected[personality], "\(personality) \(place)")
        }
        try Shell.run("ostree fsck --quiet --repo='\(cache(place))/ostree/eos-amd64'")
        try Shell.run("rm -rf '\(cache(place))' '\(cache(place))-published'")
      }
    }

    /// Starts all builds, kills three of them, and starts those again while the others run.
    ///
    /// - Parameter oneBuild: the time of a build that runs alone.
    private func buildAll(
      in place: String, _ oneBuild: Duration, _ generator: inout SeededGenerator
    ) throws -> Set<String> {
      var running = try Self.personalities.map { ($0, try start($0, place)) }
      let doomed = Self.personalities.shuffled(using: &generator).prefix(3)
      var killed: Set<String> = []
      for personality in doomed {
        usleep(UInt32.random(in: 0..<UInt32(oneBuild / .microseconds(2)), using: &generator))
        let index = running.firstIndex { $0.0 == personality }!
        let (_, program) = running[index]
        program.send([SIGKILL, SIGTERM].randomElement(using: &generator)!)
        let published =
          "\(cache(place))-published/test/master/amd64/amd64/\(personality)"
        // A build that was ended after it published is not repeated.
        if program.wait().status != 0, !FileManager.default.fileExists(atPath: published) {
          killed.insert(personality)
          running[index] = (personality, try start(personality, place))
        } else {
          running.remove(at: index)
        }
      }
      for (personality, program) in running {
        let outcome = program.wait()
        #expect(outcome.status == 0, "\(personality): \(outcome.errors)")
      }
      #expect(!killed.isEmpty, "none was killed on the way")
      return killed
    }

    @Test func aSecondBuildOfAVariantWaitsOrEndsWith75() throws {
      try checkout.addHook(
        "check", "50-wait",
        "touch \"$EIB_CACHEDIR\"/waiting; until [ -e \"$EIB_CACHEDIR\"/go ]; do sleep 0.05; done\n")
      let first = try start("a", "queue")
      for _ in 0..<1200 where !checkout.fixture.exists("queue/waiting") { usleep(50_000) }
      let refused = try start("a", "queue", ["--lock-timeout", "0"]).wait()
      #expect(refused.status == 75, "\(refused.errors)")
      #expect(refused.errors.contains("process \(first.processID)"), "\(refused.errors)")
      let second = try start("a", "queue", ["--lock-timeout", "600", "--dry-run"])
      let other = try start("b", "queue")
      usleep(500_000)
      #expect(second.isRunning && second.errors.contains("waiting for the build of"))
      try checkout.fixture.write("queue/go", "")
      for program in [first, second, other] {
        let outcome = program.wait()
        #expect(outcome.status == 0, "\(outcome.errors)")
      }
    }

    private func cache(_ place: String) -> FilePath { checkout.fixture.path(place) }

    private func sums(_ personality: String, _ place: String) throws -> String {
      try checkout.fixture.text(
        "\(place)/build/test-master-amd64-amd64-\(personality)/out/SHA256SUMS")
    }

    private func start(
      _ personality: String, _ place: String, _ more: [String] = []
    ) throws -> RunningProgram {
      try RunningProgram(
        checkout.directory.appending("bin/image-builder").string,
        [
          "--sysconfdir", checkout.system.string, "--cachedir", cache(place).string, "--product",
          "test", "--personality", personality, "--build-version", "1",
        ] + more)
    }
  }
}
