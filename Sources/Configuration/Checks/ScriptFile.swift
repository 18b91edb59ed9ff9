import Glibc
import SystemPackage

/// A hook or helper, inspected without running it.
struct ScriptFile: Sendable {
  let path: FilePath
  /// The problems that do not depend on the variant.
  let findings: [Finding]

  /// Reads and checks a file.
  ///
  /// - Parameters:
  ///   - isSourced: whether bash reads the file if it is not executable.
  ///   - runsInChroot: whether the file runs inside the deployment, where other programs and
  ///     modules are installed.
  init(_ path: FilePath, isSourced: Bool, runsInChroot: Bool) async {
    self.path = path
    guard let bytes = try? TextFile.bytes(of: path) else {
      findings = [Finding("\(path): cannot be read as text")]
      return
    }
    let contents = String(decoding: bytes, as: UTF8.self)
    if let line = Self.firstLineWithCarriageReturn(contents) {
      findings = [
        Finding(
          "\(path):\(line): ends in CR LF, and the CR is read as text; save the file with LF "
            + "alone", at: .file(path, line: line))
      ]
      return
    }
    let isProgram = access(path.string, X_OK) == 0
    if !isProgram && isSourced {
      if let interpreter = Interpreter(contents), !interpreter.isShell {
        findings = [
          Finding(
            "\(path):1: is not executable, so bash reads it, not \(interpreter.program); run: "
              + "chmod +x \(shellQuoted(path.string))", at: .file(path, line: 1))
        ]
      } else {
        findings = await ShellSyntax.findings(in: path, isBash: true)
      }
      return
    }
    // A module is imported. A file that nothing runs may have any content.
    guard isProgram, path.extension != "py" else {
      findings = []
      return
    }
    guard let interpreter = Interpreter(contents) else {
      let isBinary = contents.utf8.starts(with: "\u{7F}ELF".utf8)
      findings = isBinary ? [] : await ShellSyntax.findings(in: path, isBash: false)
      return
    }
    var found: [Finding] = []
    if !runsInChroot, let problem = interpreter.problem {
      found.append(Finding("\(path):1: \(problem)", at: .file(path, line: 1)))
    }
    if interpreter.isBash { found += await ShellSyntax.findings(in: path, isBash: true) }
    findings = found
  }

  private static func firstLineWithCarriageReturn(_ text: String) -> Int? {
    let bytes = Array(text.utf8)
    guard let end = bytes.firstRange(of: [0x0D, 0x0A])?.lowerBound else { return nil }
    return bytes[..<end].count { $0 == 0x0A } + 1
  }
}
