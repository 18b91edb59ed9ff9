import Bindings
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

  /// Compresses `source` to `target` on all processors. The output does not depend on the number of
  /// processors.
  ///
  /// - Throws: `CommandFailure`, `LinuxError`, `Errno`, `ZstandardError`,
  ///   `DeflateBlocks.Malformed`, `CancellationError`.
  func compress(_ source: FramedFile, to target: FilePath) async throws -> CompressedFacts {
    let processors = Processors.count
    switch self {
    case .zst:
      return try await BlockingWork.run { cancellation in
        // Each thread takes about 30 MB, and the reader could not supply more than 8 threads.
        try ZstandardCompression.run(
          source, to: target, threads: min(processors, 8), cancellation)
      }
    case .gz:
      return try await BlockingWork.run { cancellation in
        try GzipCompression(source, to: target, threads: processors).run(cancellation)
      }
    case .xz: return try await compressWithXZ(source, to: target)
    }
  }

  /// `-T+0` selects the multi-threaded mode even on one processor. The single-threaded mode writes
  /// different bytes.
  private func compressWithXZ(
    _ source: FramedFile, to target: FilePath
  ) async throws -> CompressedFacts {
    let (readEnd, writeEnd) = try FileDescriptor.privatePipe()
    async let written = BlockingWork.run { cancellation in
      defer { try? writeEnd.close() }
      return try withoutPipeSignal { try Self.write(source, to: writeEnd, cancellation) }
    }
    let pipe = "/proc/\(getpid())/fd/\(readEnd.rawValue)"
    var failure: (any Error)?
    do {
      try await Command(
        "/bin/sh", ["-c", #"exec xz -q -T+0 -1 -c <"$0" >"$1""#, pipe, target.string]
      ).run()
    } catch {
      failure = error
    }
    try? readEnd.close()
    do {
      let facts = try await written
      if let failure { throw failure }
      return (facts, try FileFacts(of: target))
    } catch {
      throw failure ?? error
    }
  }

  private static func write(
    _ source: FramedFile, to pipe: FileDescriptor, _ cancellation: BlockingWork.Cancellation
  ) throws -> FileFacts {
    var reader = try SparseFileReader(source, pieceSizeInBytes: SparseFile.pieceSizeInBytes)
    let buffer = PieceBuffer(sizeInBytes: reader.pieceSizeInBytes)
    let digest = MessageDigest()
    while let piece = try reader.next(into: buffer.bytes) {
      try cancellation.check()
      digest.update(piece)
      try pipe.writeAll(piece)
    }
    return FileFacts(digest.snapshot, sizeInBytes: reader.sizeInBytes)
  }
}
