import Bindings
import Configuration
import SystemPackage

/// What an image for a board has from the tree, in the EFI system partition and before the first
/// partition.
struct BoardFiles {
  /// The files of the EFI system partition by their names.
  let files: [String: Content]
  /// The loaders and their first sectors.
  let loaders: [(bytes: [UInt8], sector: UInt64)]

  enum Content {
    case file(FilePath, sizeInBytes: UInt64)
    case text(String)

    var sizeInBytes: UInt64 {
      switch self {
      case .file(_, let sizeInBytes): sizeInBytes
      case .text(let text): UInt64(text.utf8.count)
      }
    }
  }

  /// - Throws: `DiskError.missingBoardFile`, `.boardLoaderTooLarge`; `TreeError.unusableFile`,
  ///   `LinuxError`.
  init(of board: Board, in root: DeploymentRoot) throws {
    var files: [String: Content] = [:]
    for file in board.files {
      switch file {
      case .text(let text, let name):
        files[name] = .text(text)
      case .tree(let pattern, let name, let package):
        let paths = try Self.paths(matching: pattern, in: root).filter {
          try FileKind(of: root.resolve($0)) != .directory
        }
        guard !paths.isEmpty else {
          throw DiskError.missingBoardFile(pattern, board, package: package)
        }
        for path in paths {
          files[name ?? String(path.split(separator: "/").last!)] = try Self.content(path, in: root)
        }
      }
    }
    self.files = files
    loaders = try board.loaders.map { loader in
      guard let bytes = try root.bytes(of: loader.path) else {
        throw DiskError.missingBoardFile(loader.path, board, package: loader.package)
      }
      let later = board.loaders.map(\.sector).filter { $0 > loader.sector }
      let end = later.min() ?? board.firstPartitionStart
      let roomInBytes = (end - loader.sector) * PartitionTable.sectorSizeInBytes
      guard UInt64(bytes.count) <= roomInBytes else {
        throw DiskError.boardLoaderTooLarge(
          loader.path, sizeInBytes: UInt64(bytes.count), roomInBytes: roomInBytes)
      }
      return (bytes, loader.sector)
    }
  }

  /// Writes the loaders to their sectors.
  ///
  /// - Throws: `Errno`.
  func writeLoaders(to image: FileDescriptor) throws {
    for loader in loaders {
      try image.writeAll(
        toAbsoluteOffset: Int64(loader.sector * PartitionTable.sectorSizeInBytes), loader.bytes)
    }
  }

  /// Copies the files to the EFI system partition of an image.
  ///
  /// - Throws: `CommandFailure`, `LinuxError`.
  func copyFiles(
    to partition: PartitionTable.Partition, of image: FilePath, _ tools: ImageTools
  ) async throws {
    guard !files.isEmpty else { return }
    try await TemporaryDirectory.with(in: image.removingLastComponent()) { directory in
      for (name, content) in files {
        switch content {
        case .file(let file, _): try PlainNames(directory: directory).set(name, to: file)
        case .text(let text): try FileAccess.write(text, to: directory.appending(name))
        }
      }
      let target = "\(ImageTools.image)@@\(partition.startInBytes)"
      try await tools.run(
        "mcopy", on: image, naming: ["board": directory],
        ["-Q", "-i", target] + files.keys.sorted().map { "board/\($0)" } + ["::"])
    }
  }

  private static func content(_ path: String, in root: DeploymentRoot) throws -> Content {
    let file = try root.resolve(path)
    guard FileKind(of: file) == .regular else {
      throw TreeError.unusableFile(path, reason: "it is not a regular file")
    }
    return .file(file, sizeInBytes: try FileAccess.sizeInBytes(of: file))
  }

  /// The paths in a tree that match a path with patterns.
  private static func paths(
    matching pattern: String, in root: DeploymentRoot
  ) throws -> [String] {
    try pattern.split(separator: "/").reduce(into: [""]) { found, component in
      found = try found.flatMap { parent in
        guard let directory = try RootedPath.find("./\(parent)", in: root.path) else {
          return [String]()
        }
        return Directories.names(in: directory).sorted()
          .filter { Glob.matches($0, String(component)) }.map { "\(parent)/\($0)" }
      }
    }
  }
}
