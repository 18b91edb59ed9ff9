import Configuration
import Glibc
import SystemPackage

extension Compression {
  /// The program that packs and unpacks; nil when no program is started.
  var tool: RequiredTool? {
    switch self {
    case .zst, .gz: nil
    case .xz:
      RequiredTool(
        name: "xz", package: "xz-utils", purpose: "make and read images (image:compression = xz)")
    }
  }

  /// What writes the unpacked `file` to its standard output. A hostile file gets no more memory than
  /// what is written here needs.
  static func unpackingXZ(_ file: FilePath) -> Command {
    Command("xz", ["-q", "-d", "-T0", "-M", "1GiB", "-c", "--", file.string])
  }

  /// What `target` is called until it is complete.
  static func partial(_ target: FilePath) -> FilePath { FilePath("\(target).partial") }

  /// Compresses `source` on all processors to `target`, whose name appears when it is complete. The
  /// bytes do not depend on the number of processors.
  ///
  /// - Throws: `CommandFailure`, `LinuxError`, `Errno`, `ZstandardError`.
  func compress(
    _ source: FilePath, to target: FilePath
  ) async throws -> (source: Artifact, target: Artifact) {
    let partial = Self.partial(target)
    let processors = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    let facts: CompressedFacts
    switch self {
    case .zst:
      facts = try await BlockingWork.run { cancellation in
        // Each takes 30 MB or so, and the reader alone could not feed more.
        try ZstandardCompression.run(
          source, to: partial, threads: min(processors, 8), cancellation)
      }
    case .gz:
      facts = try await BlockingWork.run { cancellation in
        try GzipCompression(source, to: partial, threads: processors).run(cancellation)
      }
    case .xz:
      async let sourceFacts = BlockingWork.run { _ in try FileFacts(of: source) }
      try await runXZ(source, to: partial)
      facts = (try await sourceFacts, try FileFacts(of: partial))
    }
    try FileAccess.rename(partial, to: target)
    return (Artifact(source, facts.source), Artifact(target, facts.target))
  }

  /// With one processor xz would write other bytes than with many, but for being told to work as if
  /// there were more.
  private func runXZ(_ source: FilePath, to target: FilePath) async throws {
    let command = ["xz", "-q", "-T+0", "-1", "-c", source.string]
    try await Command("/bin/sh", ["-c", #"exec "$@" >"$0""#, target.string] + command).run()
  }
}
