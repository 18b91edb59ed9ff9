import Configuration
import FoundationEssentials
import Glibc

/// Passes events from the stages to the build, as lines of the log that begin with a mark.
///
/// The mark is random. It is in the environment of buildscript and its stages. Hooks do not get it,
/// and their output begins with a label, so it cannot be mistaken for an event.
struct StepChannel: Sendable {
  /// The channel of the build that this stage belongs to; nil outside a build.
  private static let inherited = BuildVariable.stepMark.value.map(StepChannel.init)

  /// Reports an event to the build. Does nothing outside a build.
  static func report(_ event: StepEvent) {
    if let line = try? inherited?.line(event) { StageLog.write(line) }
  }

  let mark: String

  private init(mark: String) {
    self.mark = mark
  }

  /// Makes a channel with a new mark.
  init() {
    mark = (0..<2).map { _ in String(UInt64.random(in: .min ... .max), radix: 16) }.joined()
  }

  /// Returns the event as a line.
  func line(_ event: StepEvent) throws -> String {
    "\(mark) \(String(decoding: try JSONEncoder().encode(event), as: UTF8.self))"
  }

  /// Returns the event in a line; nil if the line is not an event.
  func event(_ line: String) -> StepEvent? {
    guard line.hasPrefix(mark) else { return nil }
    return try? JSONDecoder().decode(
      StepEvent.self, from: Data(line.utf8.dropFirst(mark.utf8.count)))
  }
}
