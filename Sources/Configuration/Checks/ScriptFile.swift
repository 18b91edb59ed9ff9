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
    let form = HookForm(of: path)
    if HookForm.isBinary(bytes) {
      findings = Self.binaryFinding(path, bytes, isRead: form == .sourced && isSourced)
      return
    }
    let contents = String(decoding: bytes, as: UTF8.self)
    if let finding = Self.encodingFinding(path, bytes, contents) {
      findings = [finding]
      return
    }
    let interpreter = Interpreter(contents)
    switch form {
    case .sourced where isSourced:
      if let interpreter, !interpreter.isShell {
        findings = [Self.readByBash(path, interpreter)]
      } else {
        findings = await ShellSyntax.findings(in: path, isBash: true)
      }
    // A module is imported. A file that nothing runs may have any content.
    case _ where form == .sourced || path.extension == "py": findings = []
    case .shellScript: findings = await ShellSyntax.findings(in: path, isBash: !runsInChroot)
    case .sourced, .program:
      var found: [Finding] = []
      if !runsInChroot, let problem = interpreter?.problem {
        found.append(Finding("\(path):1: \(problem)", at: .file(path, line: 1)))
      }
      if interpreter?.isBash == true {
        found += await ShellSyntax.findings(in: path, isBash: true)
      }
      findings = found
    }
  }

  /// Returns what a shell or the kernel would read as a part of the text.
  private static func encodingFinding(
    _ path: FilePath, _ bytes: [UInt8], _ contents: String
  ) -> Finding? {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
      return Finding(
        "\(path):1: begins with a byte order mark, which is read as a part of the first word; save "
          + "the file as UTF-8 without one", at: .file(path, line: 1))
    }
    guard let line = firstLineWithCarriageReturn(contents) else { return nil }
    return Finding(
      "\(path):\(line): ends in CR LF, and the CR is read as text; save the file with LF alone",
      at: .file(path, line: line))
  }

  private static func readByBash(_ path: FilePath, _ interpreter: Interpreter) -> Finding {
    Finding(
      "\(path):1: is not executable, so bash reads it, not \(interpreter.program); "
        + advice(onMode: path), at: .file(path, line: 1))
  }

  /// - Parameter isRead: whether bash reads the file. Otherwise the kernel runs it.
  private static func binaryFinding(
    _ path: FilePath, _ bytes: [UInt8], isRead: Bool
  ) -> [Finding] {
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
      return [
        Finding("\(path): is UTF-16, which no interpreter can read; save the file as UTF-8")
      ]
    }
    guard isRead else { return [] }
    return [
      Finding(
        "\(path): is a binary file that is not executable, and bash cannot read it; "
          + advice(onMode: path))
    ]
  }

  /// A file can have an x in its mode and not be executable.
  private static func advice(onMode path: FilePath) -> String {
    var status = stat()
    let hasMode = stat(path.string, &status) == 0 && status.st_mode & 0o111 != 0
    return hasMode
      ? "its filesystem is mounted with noexec: mount it without, or move the file"
      : "run: chmod +x \(shellQuoted(path.string))"
  }

  private static func firstLineWithCarriageReturn(_ text: String) -> Int? {
    let bytes = Array(text.utf8)
    guard let end = bytes.firstRange(of: [0x0D, 0x0A])?.lowerBound else { return nil }
    return bytes[..<end].count { $0 == 0x0A } + 1
  }
}
