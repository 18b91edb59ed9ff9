import Bindings
import Configuration
import Glibc

/// The builds of one build directory on one host. Only one of them runs at a time, so what another
/// one left at a destination is no longer in use.
struct BuildIdentity: Sendable {
  let host: String
  /// Hexadecimal digits that depend on the host and the build directory.
  let text: String

  init(_ paths: BuildPaths) {
    var name = utsname()
    uname(&name)
    host = withUnsafeBytes(of: &name.nodename) {
      String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
    text = String(
      MessageDigest.hexadecimal(of: "\(host) \(paths.temporaryDirectory)").prefix(12))
  }
}
