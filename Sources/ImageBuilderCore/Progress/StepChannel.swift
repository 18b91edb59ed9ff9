import Configuration
import FoundationEssentials
import Glibc

/// How events get from the stages to the build: as lines of their own among those of the log, which
/// begin with a mark.
///
/// The mark is a random one, in the environment of buildscript and its stages. Hooks do not get it,
/// and what they write has a label in front: no text can pass for an event.
struct StepChannel: Sendable {
  /// The channel of the build that this process is a stage of; nil outside of a build.
  private static let inherited = BuildVariable.stepMark.value.map(StepChannel.init)

  /// Reports a step to the build.
  static func report(_ event: StepEvent) {
    if let line = try? inherited?.line(event) { StageLog.write(line) }
  }

  let mark: String

  private init(mark: String) {
    self.mark = mark
  }

  /// A new one.
  init() {
    mark = (0..<2).map { _ in String(UInt64.random(in: .min ... .max), radix: 16) }.joined()
  }

  /// The event as a line.
  func line(_ event: StepEvent) throws -> String {
    "\(mark) \(String(decoding: try JSONEncoder().encode(event), as: UTF8.self))"
  }

  /// The event that a line is; nil when it is none.
  func event(_ line: String) -> StepEvent? {
    guard line.hasPrefix(mark) else { return nil }
    return try? JSONDecoder().decode(
      StepEvent.self, from: Data(line.utf8.dropFirst(mark.utf8.count)))
  }
}
