import Glibc
import SystemPackage

/// The search path for programs of the host.
package enum SearchPath {
  /// The PATH of tools and hooks. It does not depend on the caller's PATH.
  package static let standard =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

  /// Returns the first executable file with a name in the directories of `path`; nil if there is
  /// none.
  package static func find(_ name: String, in path: String = standard) -> FilePath? {
    path.split(separator: ":").lazy
      .map { FilePath(String($0)).appending(name) }
      .first { access($0.string, X_OK) == 0 }
  }
}
