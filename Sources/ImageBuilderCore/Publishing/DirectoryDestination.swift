import Bindings
import Configuration
import Glibc
import SystemPackage

/// A directory on this host (publish:directory).
struct DirectoryDestination: Destination {
  private let directory: FilePath
  /// The directory to which outputs are copied before they are renamed. Its name depends only on
  /// the build directory and the host, so that the next build finds what a killed build left.
  private let partial: FilePath
  private var files: LocalFiles { LocalFiles(directory) }

  init(_ configuration: Configuration, _ paths: BuildPaths) throws {
    guard let directory = try configuration.value(Options.publish.directory) else {
      throw PublishingError.missingPlace(.directory)
    }
    self.directory = directory
    partial = directory.appending(".\(BuildIdentity(paths).text).partial")
  }

  /// The directory by which `check` finds out whether it can write.
  private var trial: FilePath { FilePath("\(partial).check") }

  let option = DestinationKind.directory.option
  let tools: [RequiredTool] = []
  var place: String { directory.string }
  var localDirectory: FilePath? { directory }
  var sharedFiles: (any SharedFiles)? { files }

  /// Makes the directory, and another one in it for a moment.
  func check() async throws {
    do {
      try Directories.create(directory)
      try Directories.create(trial)
      guard rmdir(trial.string) == 0 else {
        throw LinuxError("remove \(trial)", Errno(rawValue: errno))
      }
    } catch {
      throw UnreachableDestination(place: "\(place) (\(option))", reason: "\(error)")
    }
  }

  func versions(of variant: PublishedVariant?) throws -> [ListedVersion] {
    let variants = try variant.map { [$0.path] } ?? self.variants(below: "", PublishedVariant.depth)
    return try variants.flatMap { variant in
      try names(in: variant).compactMap { name in
        guard let version = PublishedVersion(path: "\(variant)/\(name)") else { return nil }
        let list = "\(version)/\(OutputListing.checksumList)"
        guard let status = try files.status(of: list) else { return nil }
        return ListedVersion(
          version: version, secondsSinceEpoch: UInt64(clamping: status.st_mtim.tv_sec))
      }
    }
  }

  func holds(_ version: PublishedVersion) throws -> Bool {
    try files.status(of: version.path) != nil
  }

  func read(_ file: String, of version: PublishedVersion) async throws -> [UInt8]? {
    try await files.read("\(version)/\(file)")?.bytes
  }

  func fetch(_ version: PublishedVersion, to directory: FilePath) async throws -> Bool {
    try await Command(
      "cp", ["-R", "--reflink=auto", "--", "\(path(version))/.", directory.string]
    ).run()
    return true
  }

  func put(
    _ version: PublishedVersion, _ files: [PublishedFile], from outputs: FilePath,
    report: @escaping @Sendable (UInt64) -> Void
  ) async throws {
    let target = path(version)
    guard try !holds(version) else { throw PublishingError.alreadyPublished(version, place) }
    try await removePartial()
    let growth = FileGrowth(of: files.map { partial.pushing(FilePath($0.name)) }, report: report)
    defer { growth.stop() }
    do {
      try await Command("cp", ["-R", "--reflink=auto", "--", outputs.string, partial.string]).run()
      try await Command("sync", ["--file-system", partial.string]).run()
      try Directories.create(target.removingLastComponent())
      try FileAccess.rename(partial, to: target)
      // The entry of each new directory is in the one above it.
      try await Command("sync", ["--"] + parents(of: target).map(\.string)).run()
    } catch {
      try? await removePartial()
      throw error
    }
  }

  func beginRemoval(of version: PublishedVersion) async throws {
    let target = path(version)
    guard try files.status(of: "\(version)/\(OutputListing.checksumList)") != nil else { return }
    let removed = directory.appending(".\(version.name)\(Self.removedSuffix)")
    try await Directories.remove(removed)
    try FileAccess.rename(target, to: removed)
    for parent in parents(of: target).dropLast() { rmdir(parent.string) }
  }

  /// The suffix of the hidden names of versions that are being removed.
  private static let removedSuffix = ".removed"

  func finishRemovals(of variants: [PublishedVariant]) async throws -> [String] {
    let removed = try names(in: "").filter {
      $0.hasPrefix(".") && $0.hasSuffix(Self.removedSuffix)
    }
    for name in removed { try await Directories.remove(directory.appending(name)) }
    for variant in variants {
      for parent in parents(of: directory.pushing(FilePath("\(variant)/-"))).dropLast() {
        rmdir(parent.string)
      }
    }
    return removed.map { String($0.dropFirst().dropLast(Self.removedSuffix.count)) }
  }

  func removePartial() async throws {
    try await Directories.remove(partial)
    try await Directories.remove(trial)
  }

  private func path(_ version: PublishedVersion) -> FilePath {
    directory.pushing(FilePath(version.path))
  }

  /// The directories above a version, from the innermost to the top of the destination.
  private func parents(of target: FilePath) -> [FilePath] {
    Array(
      sequence(first: target.removingLastComponent()) { $0.removingLastComponent() }
        .prefix(PublishedVariant.depth + 1))
  }

  /// The paths of all variants, as deep as the directories go.
  private func variants(below path: String, _ depth: Int) throws -> [String] {
    guard depth > 0 else { return PublishedVariant(path: path).map { [$0.path] } ?? [] }
    let hidden = path.isEmpty ? PublishedVariant.reservedNames : []
    return try names(in: path).filter { !$0.hasPrefix(".") && !hidden.contains($0) }
      .flatMap { name in
        try variants(below: path.isEmpty ? name : "\(path)/\(name)", depth - 1)
      }
  }

  /// The names in a directory of the destination. Neither a missing directory nor a file has any.
  ///
  /// - Throws: `UnreachableDestination`.
  private func names(in path: String) throws -> [String] {
    try files.entries(of: path)
  }
}
