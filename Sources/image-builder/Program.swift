import Commands

/// The command `image-builder`. `stage NAME` is for buildscript: it is recognised by its two words,
/// because a parser that knew it as a subcommand would take its name for a branch.
@main
enum Program {
  static func main() {
    StageCommand.handOver(CommandLine.arguments)
    ImageBuilder.main()
  }
}
