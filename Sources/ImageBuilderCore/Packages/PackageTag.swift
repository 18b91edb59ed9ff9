import Bindings
import Configuration

/// The tag of a package: by the content of its files, so that equal ones have one name.
///
/// Clean ones are those of LinuxKit's `linuxkit pkg show-tag`.
struct PackageTag: Sendable, Equatable {
  let name: PackageName
  /// Whether files differ from the last commit.
  let isDirty: Bool

  /// - Parameter hash: takes the place of that of the files.
  /// - Throws: `GitFailure`; `BadTag`; `CancellationError`; `LinuxError`.
  init(_ package: PackageDefinition, hash given: String?) async throws {
    let hash: String
    if let tree = try await GitTree(package.directory) {
      var committed = [tree.committed]
      var now = [try await tree.changed()]
      for extra in package.extraSources {
        guard let source = try await GitTree(extra.source) else {
          throw GitFailure(path: extra.source, reason: "it is in no git repository")
        }
        committed.append(source.committed)
        now.append(try await source.changed())
      }
      isDirty = now.contains { $0 != nil }
      let clean = Self.combined(committed)
      let changed = Self.combined(zip(now, committed).map { $0 ?? $1 })
      hash = given ?? (isDirty ? "\(clean)-dirty-\(changed.prefix(7))" : clean)
    } else {
      isDirty = false
      hash = given ?? ""
    }
    let text = package.tagForm.replacing(#/{{\s*\.Hash\s*}}/#, with: hash)
    let tag = text.isEmpty ? "latest" : text
    guard LayerSyntax.tag.accepts(tag) else { throw BadTag(package: package.name, tag: tag) }
    name = PackageName(repository: package.name, tag: tag)
  }

  /// The hash of several: the SHA-1 of their texts, one after the other.
  private static func combined(_ hashes: [String]) -> String {
    guard hashes.count > 1 else { return hashes[0] }
    let digest = MessageDigest(.sha1)
    for hash in hashes { Array(hash.utf8).withUnsafeBytes { digest.update($0) } }
    return digest.hexadecimal
  }
}

/// The tag of a package is none.
struct BadTag: ExitStatusError, CustomStringConvertible {
  let package: String
  let tag: String

  var exitStatus: ExitStatus { .dataError }
  var description: String {
    "the tag of \(package) would be '\(visible(tag))'; accepted: \(LayerSyntax.tag.accepted)"
  }
}
