import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Bindings

@Suite struct LinuxTests {
  let fixture: Fixture

  init() throws {
    fixture = try Fixture()
  }

  @Test func digestsAreSHA256() throws {
    #expect(
      MessageDigest.hexadecimal(of: "abc")
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    let file = try fixture.write("file", String(repeating: "0123456789", count: 300_000))
    let expected = try Shell.run("sha256sum '\(file)'").output.prefix(64)
    let (snapshot, sizeInBytes) = try MessageDigest.snapshot(ofFile: file)
    #expect(snapshot.hexadecimal == expected)
    #expect(sizeInBytes == 3_000_000)
  }

  @Test func aLockExcludesAndIsFreedWithItsOwner() throws {
    let path = fixture.path("lock")
    var first = try FileLock.acquire(path, .exclusive, timeout: .zero)
    #expect(first != nil)
    var holder = ""
    #expect(
      try FileLock.acquire(path, .exclusive, timeout: .milliseconds(60), whenHeld: { holder = $0 })
        == nil)
    #expect(holder == "\(getpid())")
    first = nil
    // A process that another test starts at this moment holds the lock until it calls execve.
    #expect(try FileLock.acquire(path, .exclusive, timeout: .seconds(60)) != nil)
  }

  @Test func sharedLocksGoTogether() throws {
    let path = fixture.path("lock")
    let first = try FileLock.acquire(path, .shared, timeout: .zero)
    let second = try FileLock.acquire(path, .shared, timeout: .zero)
    #expect(first != nil && second != nil)
    #expect(try FileLock.acquire(path, .exclusive, timeout: .zero) == nil)
  }

  @Test(arguments: [
    ("etc/link", "etc/target"), ("absolute", "etc/target"), ("climbing", "etc/target"),
  ])
  func pathsStayInTheirRoot(inside: String, expected: String) throws {
    try fixture.write("root/etc/target", "inside")
    try Shell.run(
      """
      cd '\(fixture.path("root"))'; ln -s target etc/link; ln -s /etc/target absolute
      ln -s ../../../../etc/target climbing
      """)
    let resolved = try RootedPath.resolve(inside, in: fixture.path("root"))
    #expect(resolved == fixture.path("root/\(expected)"))
  }

  /// The kernel refuses to resolve ".." at the moment of a rename or a mount (openat2(2), EAGAIN).
  @Test func pathsAreFoundWhileOthersRename() throws {
    try fixture.write("root/etc/target", "inside")
    let renaming = try RunningProgram(
      "/usr/bin/python3",
      [
        "-c",
        """
        import os
        os.chdir('\(fixture.directory)')
        open('one', 'w')
        while True:
          os.rename('one', 'two'); os.rename('two', 'one')
        """,
      ])
    defer {
      renaming.send(SIGKILL)
      _ = renaming.wait()
    }
    while !fixture.exists("one") && !fixture.exists("two") { usleep(1000) }
    for _ in 0..<2_000 {
      _ = try RootedPath.resolve("etc/../etc/../etc/target", in: fixture.path("root"))
    }
  }

  @Test func aMissingPathIsToldAsSuch() throws {
    _ = try fixture.makeDirectory("root")
    let error = #expect(throws: LinuxError.self) {
      try RootedPath.resolve("nothing", in: fixture.path("root"))
    }
    #expect(error?.errno == .noSuchFileOrDirectory)
  }

  @Test func attributesAreSet() throws {
    let file = try fixture.write("file", "")
    try ExtendedAttribute.set("user.eos-image-version", to: "1.2", of: file)
    #expect(
      try Shell.run("getfattr --only-values -n user.eos-image-version '\(file)'").output == "1.2")
  }

  @Test func freeSpaceIsWhatTheFilesystemSays() throws {
    let space = try DiskSpace(at: fixture.directory)
    #expect(space.freeBytes > 0 && space.freeInodes > 0)
    #expect(throws: LinuxError.self) { try DiskSpace(at: fixture.path("nothing")) }
  }
}
