/// The mark of traces, which are the lines in which bash shows the commands of a hook (`set -x`).
///
/// `PS4` puts the mark into a trace. The stage moves it to the beginning of the line that it writes
/// for the build, and the build removes it. Users see `+ FILE:LINE: COMMAND`.
enum BashTrace {
  /// A control character (data link escape) that text does not contain after a `+`.
  static let mark: Unicode.Scalar = "\u{10}"

  /// The value of `PS4`. Bash repeats its first character for each level, and expands the rest. The
  /// mark is escaped, so that the output of `env` is not a trace. The file name has no directory,
  /// because a trace prefix must not expand anything that a configuration can set.
  static let prompt = #"+\020 ${BASH_SOURCE[0]##*/}:${LINENO}: "#

  /// Whether a line without the mark looks like a trace: `++ FILE:LINE: COMMAND`.
  static func resembles(_ line: String) -> Bool {
    line.prefixMatch(of: #/\++ [^ ]*:\d+: /#) != nil
  }
}
