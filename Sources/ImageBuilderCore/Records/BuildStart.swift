import Configuration
import FoundationEssentials
import SystemPackage

/// How a build began, for a process that reports its failure. Only root can read the file.
struct BuildStart: Codable {
  /// The path of image-builder, and the arguments of the build.
  private let command: [String]
  /// The environment variables that the build depends on.
  private let environment: [String: String]
  /// The stages that the build runs.
  private let stages: [Stage]
  /// `MemoryShortage.endedProcesses` at that time.
  let killedForMemory: Int?
  /// `monotonicNanoseconds` at that time.
  private let begin: Int64

  /// The seconds since then.
  var seconds: Int64 { max(0, monotonicNanoseconds() &- begin) / 1_000_000_000 }

  /// Describes this process, which runs the build.
  ///
  /// - Throws: `LinuxError`; `MissingProgramFiles`.
  static func write(_ stages: [Stage], to file: FilePath) throws {
    var environment: [String: String] = [:]
    for variable in [BuildVariable.sourceDateEpoch, .hookDirectory] {
      environment[variable: variable] = variable.value
    }
    let start = BuildStart(
      command: [try ProgramFiles.startedCommand().string] + CommandLine.arguments.dropFirst(),
      environment: environment, stages: stages,
      killedForMemory: MemoryShortage.endedProcesses(), begin: monotonicNanoseconds())
    try FileAccess.write(
      JSONValue(encoding: start).line(), to: file, permissions: .ownerReadWrite,
      waitsForDisk: false)
  }

  /// Nil if the file cannot be read.
  init?(in file: FilePath) {
    guard let text = try? FileAccess.text(of: file),
      let start = try? JSONValue(parsing: text).decoded(as: Self.self)
    else { return nil }
    self = start
  }

  private init(
    command: [String], environment: [String: String], stages: [Stage], killedForMemory: Int?,
    begin: Int64
  ) {
    self.command = command
    self.environment = environment
    self.stages = stages
    self.killedForMemory = killedForMemory
    self.begin = begin
  }

  /// The command that goes on with the first stage that has not succeeded, as a line for a shell. Nil
  /// if all have.
  func resume(_ paths: BuildPaths) -> String? {
    guard let next = stages.first(where: { StageRecord(of: $0, paths) == nil }) else { return nil }
    let variables = environment.sorted { $0.key < $1.key }.map { "\($0)=\(shellQuoted($1))" }
    return (variables + arguments(from: next).map(shellQuoted)).joined(separator: " ")
  }

  /// The command with `--stages` or `--from-stage` for the rest of its stages. Options that are for
  /// one run, or for the first stage, are omitted.
  private func arguments(from next: Stage) -> [String] {
    let options = command.dropFirst().prefix { $0 != "--" }
    let listsStages = options.contains { $0 == "--stages" || $0.hasPrefix("--stages=") }
    var kept: [String] = []
    var rest = options
    while let word = rest.popFirst() {
      let name = word.prefix { $0 != "=" }
      if ["--stages", "--from-stage", "--progress", "--progress-fd"].contains(name) {
        if name == word { _ = rest.popFirst() }
      } else if word != "--refresh-tree" || next == .ostree {
        kept.append(word)
      }
    }
    let stages = stages.filter { $0 >= next }.map(\.rawValue).joined(separator: ",")
    let selection =
      listsStages ? ["--stages", stages] : next == .ostree ? [] : ["--from-stage", next.rawValue]
    return command.prefix(1) + selection + kept + command.dropFirst(1 + options.count)
  }
}
