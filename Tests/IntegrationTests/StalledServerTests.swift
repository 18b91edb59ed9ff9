import Foundation
import SystemPackage
import TestSupport
import Testing

/// Pulls from servers that stop sending data.
@Suite(.serialized) struct StalledServerTests {
  /// Where the server stops, as the `answer` of an `HTTPServer`.
  enum Stall: String, CaseIterable {
    case beforeTheSummary = """
      import time
      if self.path.endswith("summary"): time.sleep(1000)
      """
    case beforeTheHeaders = """
      import time
      if self.path.endswith(".filez"): time.sleep(1000)
      """
    case inTheBody = """
      import time
      if not self.path.endswith(".filez"): return False
      with open(self.translate_path(self.path), "rb") as file: content = file.read()
      self.send_response(200)
      self.send_header("Content-Length", str(len(content)))
      self.end_headers()
      self.wfile.write(content[:len(content) // 2])
      time.sleep(1000)
      """
  }

  let checkout: CheckoutFixture

  init() throws {
    checkout = try CheckoutFixture()
    try checkout.addHook("error", "90-note", "echo the error stage ran\n")
  }

  private func serve(_ stall: String) throws -> HTTPServer {
    let server = try HTTPServer(checkout.repository.path, answer: stall)
    try checkout.writeSystemConfiguration(url: server.url)
    try checkout.fixture.write("checkout/config/local.ini", "[ostree]\nstall_timeout = 2s\n")
    return server
  }

  @Test(arguments: Stall.allCases)
  func aServerThatSendsNothingEndsThePull(stall: Stall) throws {
    let server = try serve(stall.rawValue)
    let clock = ContinuousClock()
    let begin = clock.now
    try checkout.expectFailure(
      try checkout.build(environment: ["EIB_RETRY_ATTEMPTS": "1"]), 2,
      "the ostree stage failed: the pull from \(server.url) was ended, "
        + "because the server sent nothing for 2 seconds, the limit of ostree:stall_timeout",
      "error/90-note: the error stage ran")
    #expect(clock.now - begin < .seconds(30))
    try checkout.expectNothingDeployed()
    try checkout.writeSystemConfiguration()
    let next = try checkout.build(["--stages", "ostree"])
    #expect(next.status == 0, "\(next.errors)")
    try Shell.run("ostree fsck --quiet --repo='\(checkout.cache)/ostree/eos-amd64'")
  }

  @Test func aSignalEndsAPullFromAServerThatSendsNothing() throws {
    let server = try serve(Stall.beforeTheHeaders.rawValue)
    try checkout.fixture.write("checkout/config/local.ini", "[ostree]\nstall_timeout =\n")
    try withExtendedLifetime(server) {
      let program = try checkout.start()
      for _ in 0..<600 where !program.errors.contains("pulling") { usleep(50_000) }
      sleep(2)
      checkout.expectEnd(of: program, saying: "error/90-note: the error stage ran")
    }
  }

  @Test func aSlowServerIsWaitedFor() throws {
    let server = try serve(
      """
      import time
      if not self.path.endswith(".filez"): return False
      if answer.__dict__.setdefault("slow", self.path) != self.path: return False
      with open(self.translate_path(self.path), "rb") as file: content = file.read()
      self.send_response(200)
      self.send_header("Content-Length", str(len(content)))
      self.end_headers()
      piece = len(content) // 6 + 1
      for start in range(0, len(content), piece):
        time.sleep(0.7)
        self.wfile.write(content[start:start + piece])
      return True
      """)
    let outcome = try checkout.build(["--stages", "ostree"])
    #expect(outcome.status == 0, "\(server.url) \(outcome.errors)")
  }
}
