import Commands

/// The command `image-builder`.
///
/// Some commands are recognized by their first word before the command line is parsed, because the
/// parser would take the name of a subcommand for the branch.
@main
enum Program {
  static func main() {
    StageCommand.handOver(CommandLine.arguments)
    IndexCommand.handOver(CommandLine.arguments)
    SignFileCommand.handOver(CommandLine.arguments)
    FlatpakCommand.handOver(CommandLine.arguments)
    FleetCommand.handOver(CommandLine.arguments)
    LayerCommand.handOver(LayerCommand.replacingLink(in: CommandLine.arguments))
    PackageCommand.handOver(CommandLine.arguments)
    CompletionScript.handOver(CommandLine.arguments)
    ImageBuilder.main(InheritedSyntax.replaced(in: CommandLine.arguments.dropFirst()))
  }
}
