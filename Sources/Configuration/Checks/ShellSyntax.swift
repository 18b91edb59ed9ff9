import Subprocess
import SystemPackage

/// Checks the syntax of a script with the `-n` of a shell, which does not run it.
enum ShellSyntax {
  /// The longest output of a shell that is read, in bytes.
  private static let outputLimitInBytes = 1 << 16

  /// - Parameter isBash: whether bash reads the script. Otherwise `sh` does.
  static func findings(in path: FilePath, isBash: Bool) async -> [Finding] {
    let shell = isBash ? "bash" : "sh"
    let options = isBash ? ["-n", "-O", "extglob"] : ["-n"]
    let said: String
    do {
      let result = try await run(
        .path(FilePath("/bin/\(shell)")), arguments: Arguments(options + [path.string]),
        environment: .custom(["PATH": SearchPath.standard, "LANG": "C.UTF-8"]),
        output: .discarded, error: .string(limit: outputLimitInBytes))
      if result.terminationStatus.isSuccess { return [] }
      said = result.standardError
    } catch {
      said = "\(error)"
    }
    let first = said.split(separator: "\n").first.map(String.init) ?? "it gave no reason"
    let line = first.firstMatch(of: #/: (?:line )?([0-9]+): /#).flatMap { Int($0.1) } ?? 1
    let message = first.split(separator: ": ").dropFirst(2).joined(separator: ": ")
    return [
      Finding(
        "\(path):\(line): \(shell) cannot read it: \(message.isEmpty ? first : message)",
        at: .file(path, line: line))
    ]
  }
}
