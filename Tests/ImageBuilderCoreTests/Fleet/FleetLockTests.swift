import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Bindings
@testable import Configuration
@testable import ImageBuilderCore

/// The lock of a fleet, and what a command that was killed has left under it.
@Suite struct FleetLockTests {
  private let site: Site
  private let fleet: Fleet

  init() throws {
    site = try Site(["config/fleet/nightly.ini": ""])
    let sources = ConfigurationSources(
      sourceDirectory: site.fixture.directory, systemDirectory: site.fixture.path("etc"),
      cacheDirectory: site.fixture.path("cache"), fleet: "nightly")
    fleet = try Fleet(
      ConfigurationLoader(sources), [], settings: BuildSettings(buildVersion: "1"))
  }

  @Test func aSecondCommandIsRefusedWhenItHasWaited() async throws {
    let error = try await FleetLock.holding(fleet) { _ in
      await #expect(throws: FleetLocked.self) {
        try await FleetLock.holding(fleet, patience: .zero) { _ in
          Issue.record("two commands work on the fleet")
        }
      }
    }
    #expect(error?.exitStatus == .temporaryFailure)
    #expect(error?.description.contains("\(site.fixture.path("cache/fleet/nightly.lock"))") == true)
    // A program that another test starts has the lock for a moment, too.
    let isFree = try await FleetLock.holding(fleet, patience: .seconds(60)) {
      Directories.exists($0)
    }
    #expect(isFree)
    #expect(!site.fixture.exists("cache/fleet/nightly.run"))
  }

  @Test func temporaryDirectoriesOfAKilledCommandAreRemoved() async throws {
    let place = try site.fixture.makeDirectory("tmp")
    try await FleetLock.holding(fleet) { scratch in
      try await TemporaryDirectory.with(in: place) { directory in
        #expect(
          Directories.linkTarget(
            of: scratch.appending("temporary").appending(directory.lastComponent!)) == directory)
        try FileAccess.write("secret", to: directory.appending("key"))
        // What a killed command leaves.
        try Shell.run(
          """
          cp -a '\(scratch)' '\(site.fixture.path("left"))'; cp -a '\(directory)' '\(place)/kept'
          """)
      }
      #expect(Directories.names(in: place) == ["kept"])
    }
    let link = try Shell.run("ls '\(site.fixture.path("left/temporary"))'").lines[0]
    try Shell.run(
      """
      mv '\(place)/kept' '\(place)/\(link)'
      mv '\(site.fixture.path("left"))' '\(site.fixture.path("cache/fleet/nightly.run"))'
      cd '\(site.fixture.path("cache/fleet/nightly.run/temporary"))'
      mkdir '\(place)/mine' '\(place)/image-builder-other'; touch '\(place)/mine/file'
      chown 65534 '\(place)/image-builder-other'
      ln -s '\(place)/mine' image-builder-mine
      ln -s '\(place)/image-builder-other' image-builder-other
      """)
    try await FleetLock.holding(fleet) { _ in }
    // A link to something else, and a directory of somebody else, are left alone.
    #expect(try Shell.run("ls '\(place)'").lines == ["image-builder-other", "mine"])
    #expect(site.fixture.exists("tmp/mine/file"))
  }
}
