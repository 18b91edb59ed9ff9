import ArgumentParser
import Commands
import ImageBuilderCore
import SystemPackage

/// The engine `image-builder-engine`. `image-builder` starts it with its own command line for
/// everything that needs the libraries of a build: builds, their stages, indexes and `--verify`.
@main
enum Program {
  static func main() {
    do {
      if let stage = StageCommand.arguments(in: CommandLine.arguments) {
        let command = try StageCommand.parse(stage)
        return try reportingErrors { _ in try StageProcess.run(command.name) }
      }
      if let index = IndexCommand.arguments(in: CommandLine.arguments) {
        let command = try IndexCommand.parse(index)
        return try reportingErrors { try makeIndexes(command, &$0) }
      }
      if let signing = SignFileCommand.arguments(in: CommandLine.arguments) {
        let command = try SignFileCommand.parse(signing)
        return try reportingErrors { filter in
          try SigningProcess.run(FilePath(command.file), FilePath(command.signature)) { secrets in
            filter = { secrets($0) }
          }
        }
      }
      if let flatpak = FlatpakCommand.arguments(in: CommandLine.arguments) {
        let command = try FlatpakCommand.parse(flatpak)
        return try reportingErrors { filter in
          try FlatpakProcess.run(command.action) { secrets in filter = { secrets($0) } }
        }
      }
      if let fleet = FleetCommand.arguments(in: CommandLine.arguments) {
        let command = try FleetCommand.parseAsRoot(fleet)
        return try reportingErrors { _ in try runFleet(command) }
      }
      if let layer = LayerCommand.arguments(in: CommandLine.arguments) {
        let command = try LayerCommand.parseAsRoot(layer)
        return try reportingErrors { _ in try runLayer(command) }
      }
      if let package = PackageCommand.arguments(in: CommandLine.arguments) {
        let command = try PackageCommand.parseAsRoot(package)
        return try reportingErrors { _ in try runPackage(command) }
      }
      let command = try ImageBuilder.parse(
        InheritedSyntax.replaced(in: CommandLine.arguments.dropFirst()))
      try reportingErrors { filter in
        if command.verify.isAsked { return try verify(command) }
        if command.apps.isAsked { return try showApps(command, &filter) }
        return try build(command, &filter)
      }
    } catch {
      ImageBuilder.exit(withError: error)
    }
  }
}
