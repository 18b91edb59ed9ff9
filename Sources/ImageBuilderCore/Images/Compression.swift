import Glibc
import SystemPackage

/// How images are compressed, by the value of `image:compression`.
enum Compression: String, Sendable, CaseIterable {
  case zst
  case gz
  case xz

  /// The program that does it, on all processors.
  var tool: RequiredTool {
    let purpose = "compress images (image:compression = \(rawValue))"
    return switch self {
    case .zst: RequiredTool(name: "zstd", package: "zstd", purpose: purpose)
    case .gz: RequiredTool(name: "pigz", package: "pigz", purpose: purpose)
    case .xz: RequiredTool(name: "xz", package: "xz-utils", purpose: purpose)
    }
  }

  /// Compresses `source` to `target`, whose name appears when it is complete.
  ///
  /// - Throws: `CommandFailure`, `LinuxError`.
  func compress(_ source: FilePath, to target: FilePath) async throws {
    let partial = FilePath("\(target).partial")
    try await Command(
      "/bin/sh", ["-c", #"exec "$@" >"$0""#, partial.string] + command(source)
    ).run()
    try FileAccess.rename(partial, to: target)
  }

  /// What writes the unpacked `file` to its standard output. A hostile file gets no more memory than
  /// what is written here needs.
  func decompressing(_ file: FilePath) -> Command {
    switch self {
    case .zst: Command("zstd", ["-q", "-d", "-c", "--", file.string])
    case .gz: Command("pigz", ["-q", "-d", "-c", "--", file.string])
    case .xz: Command("xz", ["-q", "-d", "-T0", "-M", "1GiB", "-c", "--", file.string])
    }
  }

  /// With one processor all of them would write other bytes than with many, but for being told that
  /// there is more than one (pigz), or to work as if there were (xz).
  private func command(_ source: FilePath) -> [String] {
    let processors = max(2, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    return switch self {
    case .zst: ["zstd", "-q", "-T0", "-3", "-c", source.string]
    case .gz: ["pigz", "-q", "-n", "-p", "\(processors)", "-c", source.string]
    case .xz: ["xz", "-q", "-T+0", "-1", "-c", source.string]
    }
  }
}
