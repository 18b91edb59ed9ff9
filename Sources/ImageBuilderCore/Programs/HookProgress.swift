/// A line with which a hook reports how far it is. The build shows the number of bytes and does not
/// write the line to the log.
enum HookProgress {
  private static let prefix = "image-builder:bytes "

  /// The number of bytes in a line; nil for other lines.
  static func bytes(in line: String) -> UInt64? {
    line.hasPrefix(prefix) ? UInt64(line.dropFirst(prefix.count)) : nil
  }

  /// Reports a number of bytes for the hook that runs this program.
  static let report: @Sendable (UInt64) -> Void = { StageLog.write("\(prefix)\($0)") }
}
