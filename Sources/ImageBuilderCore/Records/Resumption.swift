import Configuration
import SystemPackage

/// Continuing, from some stage, with what a build has left in TMPDIR (`--from-stage`, `--stages`).
struct Resumption {
  private let stage: Stage
  private let complete: Configuration
  private let `public`: Configuration
  private let paths: BuildPaths
  private var findings: [(stage: Stage, text: String)] = []
  private var told: Set<String> = []

  private init(_ stage: Stage, _ configuration: Configuration, _ paths: BuildPaths) throws {
    self.stage = stage
    self.paths = paths
    // As the stages read them, so that nothing else differs.
    complete = try .load(savedText: configuration.rendered(.complete, resolved: false))
    `public` = try .load(savedText: configuration.rendered(.public, resolved: false))
  }

  /// Makes TMPDIR what it was before the first of `stages` ran.
  ///
  /// - Throws: `ResumptionError.cannotResume` when that is not what the earlier stages would leave now;
  ///   nothing was changed then.
  static func prepare(
    for stages: [Stage], _ configuration: Configuration, _ paths: BuildPaths
  ) async throws {
    guard let stage = stages.first else { return }
    var resumption = try Resumption(stage, configuration, paths)
    let kept = try resumption.check()
    for file in StageOutputs.all(paths) where kept[file.string] == nil {
      try await Directories.remove(file)
    }
  }

  /// - Returns: the files that the earlier stages left.
  private mutating func check() throws -> [String: String] {
    var files: [String: String] = [:]
    for earlier in Stage.regular where earlier < stage {
      guard let record = StageRecord(of: earlier, paths) else {
        findings.append((earlier, "the \(earlier.rawValue) stage has not ended well there"))
        continue
      }
      try compare(record, with: earlier)
      // What a stage changed is its own from then on.
      for (file, digest) in record.files where files[file] != digest { origins[file] = earlier }
      files = record.files
    }
    for (file, digest) in files.sorted(by: { $0.key < $1.key }) { compare(file, digest) }
    guard let first = findings.map(\.stage).min() else { return files }
    throw ResumptionError.cannotResume(
      from: stage, paths.temporaryDirectory, reasons: findings.map(\.text), possible: first)
  }

  /// The stage that made each file what it is.
  private var origins: [String: Stage] = [:]

  private mutating func compare(_ record: StageRecord, with earlier: Stage) throws {
    let inputs = try StageInputs(earlier, complete: complete, public: `public`, paths).digests
    for name in Set(inputs.keys).union(record.inputs.keys).sorted()
    where inputs[name] != record.inputs[name] && told.insert(name).inserted {
      let change =
        inputs[name] == nil ? "is gone" : record.inputs[name] == nil ? "is new" : "is another one"
      findings.append((earlier, "\(name) \(change) since the \(earlier.rawValue) stage"))
    }
    // Later stages have no more use for it.
    guard earlier == .ostree, stage == .image else { return }
    let commit = try TreeSource(complete, paths).heldCommit()
    if commit != record.commit {
      findings.append(
        (
          earlier,
          "\(paths.contentRepository) holds commit \(commit ?? "(none)") now, but held "
            + "\(record.commit ?? "(none)") after the ostree stage"
        ))
    }
  }

  private mutating func compare(_ file: String, _ recorded: String) {
    let path = FilePath(file)
    guard (try? StageOutputs.digest(of: path)) != recorded, let origin = origins[file] else {
      return
    }
    let change = Directories.exists(path) ? "was changed" : "is gone"
    findings.append((origin, "\(file) \(change) since the \(origin.rawValue) stage"))
  }
}
