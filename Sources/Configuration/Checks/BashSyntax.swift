import Subprocess
import SystemPackage

/// Checks the syntax of a script with `bash -n`, which does not run it.
enum BashSyntax {
  /// The longest output of bash that is read, in bytes.
  private static let outputLimitInBytes = 1 << 16

  static func findings(in path: FilePath) async -> [Finding] {
    let said: String
    do {
      let result = try await run(
        .path("/bin/bash"), arguments: ["-n", "-O", "extglob", path.string],
        environment: .custom(["PATH": SearchPath.standard, "LANG": "C.UTF-8"]),
        output: .discarded, error: .string(limit: outputLimitInBytes))
      if result.terminationStatus.isSuccess { return [] }
      said = result.standardError
    } catch {
      said = "\(error)"
    }
    let first = said.split(separator: "\n").first.map(String.init) ?? "it gave no reason"
    let line = first.firstMatch(of: #/line ([0-9]+): /#).flatMap { Int($0.1) } ?? 1
    let message = first.split(separator: ": ").dropFirst(2).joined(separator: ": ")
    return [
      Finding(
        "\(path):\(line): bash cannot read it: \(message.isEmpty ? first : message)",
        at: .file(path, line: line))
    ]
  }
}
