import Bindings
import Configuration
import Glibc
import SystemPackage

/// The SquashFS of all live media of a build. It is made once, when the first format asks for it.
actor LiveSquash {
  /// Each processor of mksquashfs takes some blocks of 1 MiB, and zstd some megabytes more.
  private static let memoryInMebibytes = 128
  static let tools = [
    RequiredTool(
      name: "mksquashfs", package: "squashfs-tools",
      purpose: "make live media (image:iso, image:netboot)"),
    SquashedImage.tool,
  ]

  private let rawImage: FilePath
  private let directory: FilePath
  private let level: Int
  private let timestamp: UInt64
  private var task: Task<FilePath, any Error>?

  /// - Parameters:
  ///   - directory: an existing directory for the file.
  ///   - level: the level of zstd, from 1 to 22.
  ///   - timestamp: the time of all files, in seconds since 1970.
  init(of rawImage: FilePath, in directory: FilePath, level: Int, timestamp: UInt64) {
    self.rawImage = rawImage
    self.directory = directory
    self.level = level
    self.timestamp = timestamp
  }

  /// The finished file.
  ///
  /// - Throws: `CommandFailure`, `LinuxError`, `NoTemporaryDirectory`, `CancellationError`.
  func file() async throws -> FilePath {
    let task = self.task ?? Task { try await make() }
    self.task = task
    return try await withTaskCancellationHandler {
      try await task.value
    } onCancel: {
      task.cancel()
    }
  }

  /// mksquashfs reads the image from a pipe, because its sources are files with the names that they
  /// shall have.
  private nonisolated func make() async throws -> FilePath {
    let target = directory.appending(LiveFiles.squash)
    try await TemporaryDirectory.with(in: directory) { scratch in
      let names = PlainNames(directory: scratch)
      try names.set("image", to: rawImage)
      try Directories.create(scratch.appending("root"))
      try await Command(
        "mksquashfs",
        [
          "root", "squash", "-p", "\(LiveFiles.image) f 644 0 0 cat image", "-noappend", "-quiet",
          "-no-progress", "-no-recovery", "-comp", "zstd", "-Xcompression-level", "\(level)", "-b",
          "1M", "-all-root", "-no-xattrs", "-all-time", "\(timestamp)", "-mkfs-time",
          "\(timestamp)", "-mem", "\(Self.memoryInMebibytes)M",
        ], workingDirectory: scratch
      ).run()
      try FileAccess.rename(scratch.appending("squash"), to: target)
    }
    return target
  }
}
