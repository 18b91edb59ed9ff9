import ArgumentParser
import Foundation

/// The parts of ArgumentParser's description of a command (`--experimental-dump-help`) that a
/// manual page needs.
struct CommandDescription: Decodable {
  let commandName: String
  let abstract: String
  let arguments: [Argument]
  let subcommands: [CommandDescription]?

  init(_ command: any ParsableCommand.Type) throws {
    struct Dump: Decodable {
      let command: CommandDescription
    }
    self = try JSONDecoder().decode(Dump.self, from: Data(command._dumpHelp().utf8)).command
  }

  /// An option, a flag, or an argument without a name.
  struct Argument: Decodable {
    enum Kind: String, Decodable {
      case positional, option, flag
    }

    struct Name: Decodable {
      enum Kind: String, Decodable {
        case long, short, longWithSingleDash
      }

      let kind: Kind
      let name: String

      var typed: String { (kind == .long ? "--" : "-") + name }
    }

    let kind: Kind
    let shouldDisplay: Bool
    let sectionTitle: String?
    let names: [Name]?
    let valueName: String
    /// Nil for the argument of the command help, which ArgumentParser adds.
    let abstract: String?
    let allValues: [String]?
    let defaultValue: String?
  }
}
