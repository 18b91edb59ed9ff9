import ArgumentParser
import Configuration

/// `--show-apps`: prints the Flatpaks that an image gets, with their sizes. The engine asks the remotes.
package struct ShowApps: Question {
  static let name = "--show-apps"

  /// What the table is grouped by.
  package enum Grouping: String, CaseIterable, ExpressibleByArgument, Sendable {
    case runtime, nature
  }

  @Flag(help: "Print the Flatpaks of the image and their sizes. The remotes are asked.")
  var showApps = false
  @Option(
    help: ArgumentHelp(
      "With --show-apps: each runtime with its applications, or applications and runtimes apart.",
      valueName: "runtime|nature"))
  package var groupBy: Grouping?
  @Option(
    help: ArgumentHelp(
      "With --show-apps: propose applications to remove, so that the image gets smaller by this size, "
        + "such as 300M.", valueName: "size"))
  var trim: String?
  @Option(
    help: ArgumentHelp(
      "With --show-apps: show what differs from another personality.", valueName: "personality"),
    completion: Completion.names(of: .personality))
  package var against: String?
  @Flag(help: "With --show-apps: use the remotes as the last build of the variant saw them.")
  package var offline = false

  package init() {}

  package var isAsked: Bool { showApps }

  /// The size in `--trim`.
  package var trimmedBytes: UInt64? { trim.flatMap(ByteSizeSyntax.value) }

  /// Checks that the other options are given only with `--show-apps`.
  ///
  /// - Throws: `ValidationError`.
  package func validate() throws {
    let others = [
      ("--group-by", groupBy != nil), ("--trim", trim != nil), ("--against", against != nil),
      ("--offline", offline),
    ]
    if let other = others.first(where: \.1), !showApps {
      throw ValidationError("\(other.0) requires --show-apps.")
    }
    if let trim, trimmedBytes == nil {
      throw ValidationError("--trim is '\(trim)'; accepted: \(ByteSizeSyntax.accepted).")
    }
  }

  func answer(_ command: ImageBuilder, _ filter: inout MessageFilter) throws -> ExitStatus {
    try Engine.run()
  }
}
