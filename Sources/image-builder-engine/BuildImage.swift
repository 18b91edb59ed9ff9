import Commands
import Configuration
import ImageBuilderCore

/// Builds the image of a variant.
///
/// - Returns: the exit status of the build.
func build(_ command: ImageBuilder, _ filter: inout MessageFilter) throws -> ExitStatus {
  let request = try command.build.request()
  let settings = try settings(command, request)
  let configuration = try command.loader().load(command.variant(), settings: settings)
  let secrets = configuration.secretFilter
  filter = { secrets($0) }
  if Build.isolatedVersion == nil {
    report(configuration.warningsOfHooks.map { filter("warning: \($0)") })
  }
  try configuration.validate()
  return try Build(configuration, request).run()
}

/// Returns the settings of the build with its version: that of the earlier build if the build
/// continues with its files, and inside the namespaces that of the build that started the process.
private func settings(_ command: ImageBuilder, _ request: BuildRequest) throws -> BuildSettings {
  if let version = Build.isolatedVersion {
    return try command.build.settings(replacingVersion: version)
  }
  guard request.continues, !command.build.hasVersion else { return try command.build.settings() }
  let left = try Build.existingVersion(
    for: command.loader().load(command.variant(), settings: command.build.settings()))
  return try command.build.settings(replacingVersion: left)
}
