import Glibc

/// What a build shows while it runs, by the value of `--progress`.
public enum ProgressForm: Sendable, Equatable {
  /// `live` on a terminal, `plain` elsewhere.
  case auto
  /// The lines of the log.
  case plain
  /// The lines of the log, and JSON lines on a descriptor that is open for writing.
  case json(descriptor: Int32)

  /// Whether `descriptor` can be written to.
  public static func isWritable(_ descriptor: Int32) -> Bool {
    let flags = fcntl(descriptor, F_GETFL)
    return flags >= 0 && flags & O_ACCMODE != O_RDONLY
  }

  /// - Parameters:
  ///   - outputVersion: what is built.
  ///   - isDebugging: whether a terminal gets all lines, too.
  func display(outputVersion: String, isDebugging: Bool) -> any BuildDisplay {
    switch self {
    case .auto where Self.isLiveTerminal: LiveDisplay(showsAllLines: isDebugging)
    case .auto, .plain: PlainDisplay()
    case .json(let descriptor): JSONDisplay(descriptor, outputVersion: outputVersion)
    }
  }

  private static var isLiveTerminal: Bool {
    let terminal = currentEnvironment()["TERM"] ?? ""
    return isatty(STDERR_FILENO) == 1 && !["", "dumb"].contains(terminal)
  }
}
