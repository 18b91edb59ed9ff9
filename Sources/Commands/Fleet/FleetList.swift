import ArgumentParser
import Configuration

/// `image-builder fleet list NAME`: prints the variants of a fleet. Needs no network.
struct FleetList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Print the variants of a fleet, one per line.",
    usage: FleetArguments.usage("list"))

  @OptionGroup var fleet: FleetArguments

  func run() throws {
    try reportingErrors { _ in
      let variants = try fleet.variants(fleet.loader()).map(\.path)
      try answer(
        fleet.json
          ? JSONValue.object([
            "schema": .integer(1), "fleet": .string(fleet.name),
            "variants": .array(variants.map(JSONValue.string)),
          ]).text()
          : variants.map { $0 + "\n" }.joined())
      return .success
    }
  }
}
