import Foundation
import SystemPackage

/// An archive repository with one signed commit.
package struct RepositoryFixture {
  package static let ref = "os/test/amd64/master"

  package let path: FilePath
  package let key: SigningFixture
  package let commit: String

  package init(_ fixture: Fixture, tree: FilePath, ref: String = Self.ref) throws {
    key = try SigningFixture(fixture, name: "k")
    path = fixture.path("repo")
    try Shell.run("ostree --repo='\(path)' init --mode=archive")
    commit = try Self.commit(tree, ref, to: path, signedBy: key)
  }

  /// Commits another tree. The key of the repository signs it unless another one is given.
  @discardableResult
  package func commit(
    _ tree: FilePath, ref: String = Self.ref, timestamp: Int = 1_700_000_000,
    signedBy other: SigningFixture? = nil
  ) throws -> String {
    try Self.commit(tree, ref, to: path, timestamp: timestamp, signedBy: other ?? key)
  }

  private static func commit(
    _ tree: FilePath, _ ref: String, to path: FilePath, timestamp: Int = 1_700_000_000,
    signedBy key: SigningFixture
  ) throws -> String {
    let ostree = "ostree --repo='\(path)'"
    let sign = key.ostreeOptions
    try Shell.run(
      "\(ostree) commit -b \(ref) -s 'A test tree' --parent=none --tree=dir='\(tree)' \(sign) "
        + "--add-metadata-string=version=1.2 --timestamp=@\(timestamp)")
    try Shell.run("\(ostree) summary -u \(sign)")
    return try Shell.run("\(ostree) rev-parse \(ref)").lines[0]
  }

  /// Returns the path of an object. `kind` is the file name extension, such as `commit` or `filez`.
  package func object(_ checksum: String, _ kind: String) -> FilePath {
    path.appending("objects").appending(String(checksum.prefix(2)))
      .appending("\(checksum.dropFirst(2)).\(kind)")
  }

  /// Changes one byte in the middle of a file.
  package static func damage(_ file: FilePath) throws {
    try Shell.run("chattr -i '\(file)' 2>/dev/null || true; chmod u+w '\(file)'")
    var bytes = try Data(contentsOf: URL(fileURLWithPath: file.string))
    bytes[bytes.count / 2] ^= 0x01
    let handle = FileHandle(forWritingAtPath: file.string)!
    try handle.write(contentsOf: bytes)
    try handle.close()
  }
}
