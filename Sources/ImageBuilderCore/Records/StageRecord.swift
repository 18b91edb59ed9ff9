import Configuration
import FoundationEssentials
import SystemPackage

/// The inputs and results of a stage that succeeded: a file in TMPDIR that only root can read.
/// `--from-stage` uses it to decide whether a build can be resumed.
struct StageRecord: Codable {
  /// The `StageInputs` of the stage.
  let inputs: [String: String]
  /// The commit of the ref in the content repository; only for the ostree stage.
  let commit: String?
  /// The digests of the files that the stage and earlier stages left, by path.
  let files: [String: String]

  /// Reads the record of a stage. Returns nil if the stage has not succeeded.
  init?(of stage: Stage, _ paths: BuildPaths) {
    guard let bytes = try? FileAccess.bytes(of: Self.file(stage, paths)),
      let record = try? JSONDecoder().decode(Self.self, from: Data(bytes))
    else { return nil }
    self = record
  }

  /// Records a stage that has just succeeded.
  private init(_ context: StageContext) throws {
    let paths = context.paths
    inputs = try StageInputs(context.stage, context.configuration, paths).entries
    commit =
      context.stage == .ostree ? try TreeSource(context.configuration, paths).pulledCommit() : nil
    var files: [String: String] = [:]
    for file in StageOutputs.all(paths) {
      files[file.string] = try StageOutputs.recordedDigest(of: file)
    }
    self.files = files
  }

  /// Writes the record of a stage that succeeded.
  ///
  /// - Throws: `LinuxError`, `Errno`, `EncodingError`, `ConfigurationError`, `GLibError`,
  ///   `TreeError`.
  static func write(_ context: StageContext) throws {
    try Directories.create(context.paths.stageRecords, mode: 0o700)
    try ReplaceableOutputs.keep(context.paths)
    try FileAccess.write(
      String(decoding: JSONEncoder().encode(StageRecord(context)), as: UTF8.self),
      to: file(context.stage, context.paths), permissions: [.ownerReadWrite],
      waitsForDisk: false)
  }

  /// Removes the records of a stage and of all later stages.
  ///
  /// - Throws: `CommandFailure`.
  static func remove(from first: Stage, _ paths: BuildPaths) async throws {
    for stage in Stage.regular where stage >= first {
      try await Directories.remove(file(stage, paths))
    }
  }

  private static func file(_ stage: Stage, _ paths: BuildPaths) -> FilePath {
    paths.stageRecords.appending("\(stage.rawValue).json")
  }
}
