import Foundation
import SystemPackage
import TestSupport
import Testing

/// A build that is ended by a signal leaves the host unchanged.
@Suite(.serialized) struct EndedBuildTests {
  let checkout: CheckoutFixture

  init() throws {
    checkout = try CheckoutFixture()
  }

  @Test(arguments: [SIGKILL, SIGTERM, SIGINT])
  func aBuildThatIsEndedLeavesTheHostAsItWas(signal: Int32) throws {
    let wait = "touch '\(checkout.cache)/waiting'; setsid sleep 1000 & sleep 1000\n"
    try checkout.addHook("image", "50-wait.chroot", "sleep 1000 &\n")
    try checkout.addHook("image", "60-wait", wait)
    try checkout.addHook("error", "10-note", "touch '\(checkout.cache)/error-ran'\n")
    let program = try checkout.start()
    try checkout.waitForMark("waiting", of: program)
    program.send(signal)
    let outcome = program.wait()
    #expect(outcome.status == 128 + signal)
    if signal != SIGKILL {
      #expect(checkout.fixture.exists("cache/error-ran"), "\(outcome.errors)")
    }
    var state = try HostState(concerning: checkout.fixture.directory)
    for _ in 0..<200 where !state.processes.isEmpty {
      usleep(50_000)
      state = try HostState(concerning: checkout.fixture.directory)
    }
    #expect(state.mounts.isEmpty && state.processes.isEmpty)
    try checkout.fixture.write("checkout/hooks/image/60-wait", "true\n")
    // As if an older program had been killed, which had no such option.
    try Shell.run("sed -i '/^destinations/d' '\(checkout.cache)'/build/*/fullconfig.ini")
    let next = try checkout.build()
    #expect(next.status == 0, "\(next.errors)")
  }
}
