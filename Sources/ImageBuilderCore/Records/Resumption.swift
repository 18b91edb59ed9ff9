import Configuration
import SystemPackage

/// Resumes a build at a stage with the files that it left in TMPDIR (`--from-stage`, `--stages`).
struct Resumption {
  private let stage: Stage
  private let configuration: Configuration
  private let paths: BuildPaths
  private let inputFiles = InputFiles()
  private var findings: [(stage: Stage, text: String)] = []
  private var told: Set<String> = []
  /// The outputs that hooks have replaced, with the copies of what they were.
  private var restorable: [FilePath: FilePath] = [:]

  private init(_ stage: Stage, _ configuration: Configuration, _ paths: BuildPaths) {
    self.stage = stage
    self.configuration = configuration
    self.paths = paths
  }

  /// Restores TMPDIR to its state before the first of `stages` ran.
  ///
  /// - Throws: `ResumptionError.cannotResume` if the earlier stages would leave something else now;
  ///   nothing has been changed in that case. Also `CommandFailure`, `ConfigurationError`,
  ///   `LinuxError`, `Errno`, `GLibError`, `TreeError`.
  static func prepare(
    for stages: [Stage], _ configuration: Configuration, _ paths: BuildPaths
  ) async throws {
    guard let stage = stages.first else { return }
    var resumption = Resumption(stage, configuration, paths)
    let kept = try resumption.check()
    for file in StageOutputs.all(paths) where kept[file.string] == nil {
      try await Directories.remove(file)
    }
    try await StageOutputs.removeEmptyDirectories(paths)
    for (file, copy) in resumption.restorable {
      try await Directories.remove(file)
      try FileAccess.copy(copy, to: file)
    }
  }

  /// - Returns: the digests of the files that the earlier stages left, by path.
  private mutating func check() throws -> [String: String] {
    var files: [String: String] = [:]
    for earlier in Stage.regular where earlier < stage {
      guard let record = StageRecord(of: earlier, paths) else {
        // A build can begin at the image stage, with a tree that was pulled before.
        if earlier == .ostree, stage > .image, StageRecord(of: .image, paths) != nil { continue }
        findings.append((earlier, "the \(earlier.rawValue) stage has not ended well there"))
        continue
      }
      try compare(record, with: earlier)
      // A file that a later stage changed is attributed to that stage.
      for (file, digest) in record.files where files[file] != digest { origins[file] = earlier }
      files = record.files
    }
    for (file, digest) in files.sorted(by: { $0.key < $1.key }) { compare(file, digest) }
    guard let first = findings.map(\.stage).min() else { return files }
    throw ResumptionError.cannotResume(
      from: stage, paths.temporaryDirectory, reasons: findings.map(\.text), possible: first)
  }

  /// The stage that wrote the current content of each file.
  private var origins: [String: Stage] = [:]

  private mutating func compare(_ record: StageRecord, with earlier: Stage) throws {
    let inputs = try StageInputs(earlier, configuration, paths, inputFiles).entries
    for change in InputChange.all(from: record.inputs, to: inputs).sorted()
    where told.insert(change.name).inserted {
      findings.append((earlier, "\(change.sentence) since the \(earlier.rawValue) stage"))
    }
    guard earlier == .ostree else { return }
    let source = try TreeSource(configuration, paths)
    if let pinned = source.pinnedCommit, let used = record.commit, pinned != used {
      findings.append((earlier, "--commit is \(pinned), but the ostree stage pulled \(used)"))
    }
    // Later stages do not use the content repository.
    guard stage == .image else { return }
    let commit = try source.pulledCommit()
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
    if let copy = ReplaceableOutputs.copy(withDigest: recorded, paths) {
      restorable[path] = copy
      return
    }
    let change = Directories.exists(path) ? "was changed" : "was removed"
    findings.append((origin, "\(file) \(change) since the \(origin.rawValue) stage"))
  }
}
