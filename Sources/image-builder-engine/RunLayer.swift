import ArgumentParser
import Commands
import Configuration
import ImageBuilderCore

/// Runs a command of layers, and prints its answer.
func runLayer(_ command: any ParsableCommand) throws -> ExitStatus {
  switch command {
  case let build as LayerBuildCommand:
    let (text, status) = try LayerRun(build.request).run()
    try answer(text)
    return status
  case let inputs as LayerInputsCommand:
    try answer(LayerProbe(inputs.requests).run())
    return .success
  case let list as LayerListCommand:
    let catalogue = try LayerCatalogue.list(list.directories.cacheDirectory)
    try answer(list.json ? catalogue.json().text() : catalogue.text)
    return .success
  case let prune as LayerPruneCommand:
    let removed = try LayerCatalogue.prune(
      prune.directories.cacheDirectory, all: prune.all, isConfirmed: prune.yes)
    try answer(removed)
    return .success
  default: return .usage
  }
}
