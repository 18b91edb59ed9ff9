import Glibc
import TestSupport
import Testing

extension CheckoutFixture {
  /// Expects that a build ended with `status`, printed all `texts`, and left no mounts or
  /// processes.
  func expectFailure(
    _ outcome: Outcome, _ status: Int32, _ texts: String...,
    location: SourceLocation = #_sourceLocation
  ) throws {
    #expect(outcome.status == status, "\(outcome.errors)", sourceLocation: location)
    for text in texts {
      #expect(outcome.errors.contains(text), "\(outcome.errors)", sourceLocation: location)
    }
    let state = try HostState(concerning: fixture.directory)
    let mounts = state.mounts.filter { !$0.hasSuffix("/small tmpfs") }
    #expect(mounts.isEmpty && state.processes.isEmpty, "\(state)", sourceLocation: location)
  }

  /// Ends a build with SIGTERM, and expects that it ends soon and prints `text`.
  func expectEnd(
    of program: RunningProgram, saying text: String, location: SourceLocation = #_sourceLocation
  ) {
    let clock = ContinuousClock()
    let begin = clock.now
    program.send(SIGTERM)
    let outcome = program.wait()
    #expect(outcome.status == 128 + SIGTERM, "\(outcome.errors)", sourceLocation: location)
    #expect(clock.now - begin < .seconds(6), sourceLocation: location)
    #expect(outcome.errors.contains(text), "\(outcome.errors)", sourceLocation: location)
  }

  /// Expects no deployment, no image, and no published outputs.
  func expectNothingDeployed(location: SourceLocation = #_sourceLocation) throws {
    let found = try Shell.run("find '\(cache)' -name '*.img*' -o -path '*/deploy/*.0'")
    #expect(found.output == "", sourceLocation: location)
    let names = try Shell.run("find '\(published)' -name SHA256SUMS 2>/dev/null || true")
    #expect(names.output == "", sourceLocation: location)
  }

  /// Starts a build that holds the lock of its directory until it is ended.
  func holdLock() throws -> RunningProgram {
    try addHook("ostree", "10-wait", "touch \"$EIB_CACHEDIR\"/waiting; sleep 300\n")
    let program = try start(["--build-version", "6"])
    try waitForMark("waiting", of: program)
    return program
  }

  /// Expects that a build was refused because another one holds the lock.
  func expectLocked(_ outcome: Outcome, location: SourceLocation = #_sourceLocation) throws {
    #expect(outcome.status == 75, "\(outcome.errors)", sourceLocation: location)
    #expect(
      outcome.errors.contains("another build has held the lock"), "\(outcome.errors)",
      sourceLocation: location)
  }
}
