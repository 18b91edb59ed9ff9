import Commands
import Configuration
import ImageBuilderCore

/// Prints the Flatpaks of the image of a variant.
func showApps(_ command: ImageBuilder, _ filter: inout MessageFilter) throws -> ExitStatus {
  let asked = command.apps
  let configuration = try command.shownConfiguration(&filter)
  try configuration.validate()
  let other = try asked.against.map { personality in
    try command.loader().load(
      command.variant(replacingPersonality: personality), settings: command.build.settings())
  }
  try other?.validate()
  try answer(
    AppReport.text(
      AppReport.Question(
        grouping: (asked.groupBy ?? .runtime).rawValue, trimmedBytes: asked.trimmedBytes,
        isOffline: asked.offline, isJSON: command.isJSON), configuration, against: other))
  return .success
}
