import Commands
import Configuration
import ImageBuilderCore

/// Makes the index of each destination again, and prints how many versions it lists.
func makeIndexes(_ command: IndexCommand, _ filter: inout MessageFilter) throws -> ExitStatus {
  let configuration = try command.shownConfiguration(&filter)
  for line in try Indexes.make(configuration, kind: command.destination) {
    try answer("\(filter(line))\n")
  }
  return .success
}
