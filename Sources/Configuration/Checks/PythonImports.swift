import Subprocess
import SystemPackage

/// The modules that a Python program imports and its interpreter does not find. `helpers/
/// missing-modules` reads the program without running it.
enum PythonImports {
  /// The longest list that is read, in bytes.
  private static let outputLimitInBytes = 1 << 20

  /// - Returns: nothing if the interpreter cannot be run.
  static func missing(
    in script: FilePath, _ interpreter: Interpreter, _ paths: BuildPaths
  ) async -> [MissingRequirement] {
    let reader = paths.sourceDirectory.pushing("helpers/missing-modules").string
    let result = try? await run(
      .path(FilePath(interpreter.words[0])),
      // Isolated (-I), because with a PYTHONPATH Python would run a sitecustomize.py of the site.
      arguments: Arguments(
        interpreter.words.dropFirst() + ["-I", reader, script.string, paths.pythonPath]),
      environment: .custom(["PATH": SearchPath.standard, "LANG": "C.UTF-8"]),
      output: .string(limit: outputLimitInBytes), error: .discarded)
    guard let result, result.terminationStatus.isSuccess else { return [] }
    return result.standardOutput.split(separator: "\n").compactMap { line in
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      guard fields.count == 4, let number = Int(fields[1]) else { return nil }
      return MissingRequirement(
        place: .file(FilePath(fields[0]), line: number), text: fields[2],
        package: fields[3].isEmpty ? nil : fields[3])
    }
  }
}
