import SystemPackage
import TestSupport

/// Runs a completion script as Bash does.
enum BashCompletion {
  /// Returns the completions of a line with the cursor at its end.
  ///
  /// - Parameters:
  ///   - script: the completion script.
  ///   - directory: the working directory of the shell.
  ///   - path: the first directory in PATH.
  static func replies(
    to line: String, script: FilePath, in directory: FilePath, path: FilePath = "/usr/bin"
  ) throws -> Outcome {
    try Shell.start(
      "/bin/bash", ["-c", question, "bash", script.string, line] + words(of: line),
      environment: ["PATH": "\(path):/usr/bin:/bin", "HOME": directory.string],
      directory: directory)
  }

  /// Bash also splits words at colons and equal signs, and treats these as words.
  private static func words(of line: String) -> [String] {
    line.split(separator: " ", omittingEmptySubsequences: false).flatMap { word in
      word.isEmpty ? [""] : word.matches(of: #/[:=]+|[^:=]+/#).map { String($0.output) }
    }
  }

  private static let question = """
    . "$1"
    COMP_LINE=$2 COMP_POINT=${#2}
    shift 2
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
    current=${COMP_WORDS[-1]}
    [[ $current != ['=:'] ]] || current=
    [[ $(complete -p image-builder) =~ -F\\ ([^ ]+) ]]
    "${BASH_REMATCH[1]}" "$1" "$current" "${COMP_WORDS[-2]}"
    printf '%s\\n' "${COMPREPLY[@]}"
    """
}
