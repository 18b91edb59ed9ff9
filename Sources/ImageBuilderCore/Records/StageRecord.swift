import Configuration
import FoundationEssentials
import SystemPackage

/// What a stage that ended well was made from and what was there then: a file in TMPDIR for root
/// alone, by which `--from-stage` tells whether to go on.
struct StageRecord: Codable {
  /// `StageInputs` of the stage.
  let inputs: [String: String]
  /// The commit that the ref stood for in the content repository; of the ostree stage alone.
  let commit: String?
  /// What the stage and those before it left, by path.
  let files: [String: String]

  /// The record of a stage; nil when it has not ended well since.
  init?(of stage: Stage, _ paths: BuildPaths) {
    guard let bytes = try? FileAccess.bytes(of: Self.file(stage, paths)),
      let record = try? JSONDecoder().decode(Self.self, from: Data(bytes))
    else { return nil }
    self = record
  }

  /// What is to be recorded of a stage that has just ended.
  private init(_ context: StageContext) throws {
    let paths = context.paths
    inputs = try StageInputs(
      context.stage, complete: Configuration.load(saved: paths.fullConfiguration),
      public: Configuration.load(saved: paths.publicConfiguration), paths
    ).digests
    commit =
      context.stage == .ostree ? try TreeSource(context.configuration, paths).heldCommit() : nil
    var files: [String: String] = [:]
    for file in StageOutputs.all(paths) {
      files[file.string] = try StageOutputs.recordedDigest(of: file)
    }
    self.files = files
  }

  /// Records that a stage ended well.
  ///
  /// - Throws: `LinuxError`, `Errno`, `EncodingError`.
  static func write(_ context: StageContext) throws {
    try Directories.create(context.paths.stageRecords, mode: 0o700)
    try FileAccess.write(
      String(decoding: JSONEncoder().encode(StageRecord(context)), as: UTF8.self),
      to: file(context.stage, context.paths), permissions: [.ownerReadWrite],
      waitsForDisk: false)
  }

  /// Forgets a stage and those that come after it.
  static func remove(from first: Stage, _ paths: BuildPaths) async throws {
    for stage in Stage.regular where stage >= first {
      try await Directories.remove(file(stage, paths))
    }
  }

  private static func file(_ stage: Stage, _ paths: BuildPaths) -> FilePath {
    paths.stageRecords.appending("\(stage.rawValue).json")
  }
}
