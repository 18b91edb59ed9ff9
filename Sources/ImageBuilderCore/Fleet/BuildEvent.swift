import Configuration

/// An event of a build that a line of `--progress json` describes.
enum BuildEvent: Sendable, Equatable {
  case begin(stage: String, label: String)
  case end(stage: String, isStage: Bool, hasSucceeded: Bool)
  /// The cause is nil after a success.
  case result(cause: String?)

  /// Returns nil for other lines, and for events that do not concern a fleet.
  init?(line: String) {
    guard let object = try? JSONValue(parsing: line), let event = object["event"]?.string else {
      return nil
    }
    let (level, stage) = (object["level"]?.string, object["stage"]?.string)
    switch (event, stage, level) {
    case ("begin", let stage?, let level?):
      let name = object["name"]?.string ?? ""
      self = .begin(
        stage: stage,
        label: level == "stage" ? stage : level == "hook" ? name : "\(stage): \(name)")
    case ("end", let stage?, let level?):
      self = .end(
        stage: stage, isStage: level == "stage",
        hasSucceeded: object["succeeded"] == .boolean(true))
    case ("result", _, _): self = .result(cause: object["cause"]?.string)
    default: return nil
    }
  }
}
