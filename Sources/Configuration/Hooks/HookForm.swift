import Glibc
import SystemPackage

extension FilePath {
  /// Whether a hook runs inside the deployment, which its name says.
  package var isChrootHook: Bool { string.hasSuffix(".chroot") }
}

/// How a hook runs, which depends on its mode and its first bytes.
package enum HookForm: Sendable {
  /// Bash reads it.
  case sourced
  /// The kernel runs it: a binary program, or a script with a `#!` line.
  case program
  /// Executable text without a `#!` line. The kernel refuses it; shells and execvp(3) give it to a
  /// shell.
  case shellScript

  private static let sizeInBytes = 256

  package init(of path: FilePath) {
    if access(path.string, X_OK) != 0 {
      self = .sourced
    } else {
      let bytes = TextFile.beginning(of: path, sizeInBytes: Self.sizeInBytes)
      self = Self.isRunByKernel(bytes) ? .program : .shellScript
    }
  }

  private static func isRunByKernel(_ bytes: [UInt8]) -> Bool {
    if Self.isBinary(bytes) { return true }
    let line = bytes.prefix { $0 != UInt8(ascii: "\n") }
    return line.starts(with: "#!".utf8)
      && line.dropFirst(2).contains { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }
  }

  /// Whether bytes at the beginning of a file are no text, as bash decides it.
  static func isBinary(_ bytes: some Collection<UInt8>) -> Bool {
    bytes.prefix(sizeInBytes).contains(0)
  }
}
