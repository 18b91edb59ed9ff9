import Configuration
import Glibc
import SystemPackage

extension Compression {
  /// The program that compresses and decompresses; nil if no program is needed.
  var tool: RequiredTool? {
    switch self {
    case .zst, .gz: nil
    case .xz:
      RequiredTool(
        name: "xz", package: "xz-utils", purpose: "make and read images (image:compression = xz)")
    }
  }

  /// The command that decompresses `file` to its standard output. The memory limit is sufficient
  /// for files that this program writes; a malicious file cannot use more.
  static func unpackingXZ(_ file: FilePath) -> Command {
    Command("xz", ["-q", "-d", "-T0", "-M", "1GiB", "-c", "--", file.string])
  }

  /// The command that decompresses what it reads from a pipe of this process.
  static func unpackingXZ(_ pipe: FileDescriptor) -> Command {
    let path = "/proc/\(getpid())/fd/\(pipe.rawValue)"
    return Command("/bin/sh", ["-c", #"exec xz -q -d -T0 -M 1GiB -c <"$0""#, path])
  }

  /// The name of `target` until it is complete.
  static func partial(_ target: FilePath) -> FilePath { FilePath("\(target).partial") }

  /// Compresses `source` to `target` on all processors. The name `target` appears when the file is
  /// complete. The output does not depend on the number of processors.
  ///
  /// - Throws: `CommandFailure`, `LinuxError`, `Errno`, `ZstandardError`,
  ///   `DeflateBlocks.Malformed`, `CancellationError`.
  func compress(
    _ source: FilePath, to target: FilePath
  ) async throws -> (source: Artifact, target: Artifact) {
    let partial = Self.partial(target)
    let processors = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    let facts: CompressedFacts
    switch self {
    case .zst:
      facts = try await BlockingWork.run { cancellation in
        // Each thread takes about 30 MB, and the reader could not supply more than 8 threads.
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

  /// `-T+0` selects the multi-threaded mode even on one processor. The single-threaded mode writes
  /// different bytes.
  private func runXZ(_ source: FilePath, to target: FilePath) async throws {
    let command = ["xz", "-q", "-T+0", "-1", "-c", source.string]
    try await Command("/bin/sh", ["-c", #"exec "$@" >"$0""#, target.string] + command).run()
  }
}
