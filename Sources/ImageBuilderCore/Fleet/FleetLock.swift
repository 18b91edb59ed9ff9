import Bindings
import Configuration
import SystemPackage

/// The lock of a fleet on this host: `CACHEDIR/fleet/NAME.lock`. Commands that change something hold
/// it.
enum FleetLock {
  /// Runs `body` while this process holds the lock.
  ///
  /// - Parameters:
  ///   - patience: how long another command is waited for.
  ///   - body: gets a directory for the files of the command, which is removed at the end.
  /// - Throws: `FleetLocked`; `BuildError.notRoot`; `LinuxError`; what `body` throws.
  static func holding<Result: Sendable>(
    _ fleet: Fleet, patience: Duration = .seconds(60),
    _ body: @Sendable (FilePath) async throws -> Result
  ) async throws -> Result {
    let directory = fleet.sources.cacheDirectory.appending("fleet")
    let file = directory.appending("\(fleet.name).lock")
    try Directories.create(directory)
    let lock = try await BlockingWork.run { _ in
      try FileLock.acquire(file, .exclusive, timeout: patience) { holder in
        let command = holder.isEmpty ? "another command" : "the command of process \(holder)"
        FleetDisplay.print("waiting for \(command), which holds \(file)")
      }
    }
    guard let lock else { throw FleetLocked(fleet: fleet.name, file: file, patience: patience) }
    let scratch = directory.appending("\(fleet.name).run")
    let isAfterInterruption = Directories.exists(scratch)
    let register = scratch.appending("temporary")
    TemporaryDirectory.removeRegistered(in: register)
    try await Directories.recreate(scratch)
    try Directories.create(register)
    let result = try await TemporaryDirectory.$register.withValue(register) {
      let result = try await body(scratch)
      if isAfterInterruption { try await renewIndexes(of: fleet) }
      return result
    }
    try await Directories.remove(scratch)
    withExtendedLifetime(lock) {}
    return result
  }

  /// Makes the indexes of the fleet's places again, of which a command that was killed may have written a
  /// part.
  private static func renewIndexes(of fleet: Fleet) async throws {
    for place in try fleet.released().destinations {
      guard let files = place.destination.sharedFiles else { continue }
      try await PublicIndex(place.destination, files).update(
        PublicIndex.Scope(variants: place.variants))
    }
  }

  /// Waits until nobody builds a variant on this host.
  ///
  /// - Throws: `CancellationError`.
  static func waitForBuild(of member: Fleet.Member) async throws {
    while FileLock.isHeld(member.paths.lock) { try await Task.sleep(for: .seconds(1)) }
  }
}

/// Another command changes the fleet.
struct FleetLocked: ExitStatusError, CustomStringConvertible {
  let fleet: String
  let file: FilePath
  let patience: Duration

  var exitStatus: ExitStatus { .temporaryFailure }
  var description: String {
    "another command works on the fleet \(visible(fleet)) and has held \(file) for "
      + "\(formattedSeconds(patience)); try again when it has ended"
  }
}
