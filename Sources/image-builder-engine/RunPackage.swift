import ArgumentParser
import Commands
import Configuration
import ImageBuilderCore

/// Runs a command of packages, and prints its answer.
func runPackage(_ command: any ParsableCommand) throws -> ExitStatus {
  switch command {
  case let tag as PackageShowTagCommand:
    try answer(PackageTags(tag.request).text(isCanonical: tag.canonical))
    return .success
  default: return .usage
  }
}
