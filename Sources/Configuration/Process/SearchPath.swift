import Glibc
import SystemPackage

/// Where programs of the host are looked for.
package enum SearchPath {
  /// The PATH of tools and hooks, whatever the caller's is.
  package static let standard =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

  /// The first program of that name in the directories of `path`; nil when there is none.
  package static func find(_ name: String, in path: String = standard) -> FilePath? {
    path.split(separator: ":").lazy
      .map { FilePath(String($0)).appending(name) }
      .first { access($0.string, X_OK) == 0 }
  }
}
