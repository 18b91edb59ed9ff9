/// A word of `fleet:sbatch_options`: a long option of sbatch(1) that the program does not set itself.
enum SbatchOption {
  /// The options that decide what a job is and how it is found again.
  private static let setByProgram = [
    "--array", "--batch", "--chdir", "--comment", "--dependency", "--export", "--export-file",
    "--help", "--hold", "--ignore-pbs", "--job-name", "--no-requeue", "--parsable", "--requeue",
    "--test-only", "--usage", "--version", "--wait", "--wrap",
  ]

  static let accepted =
    "long options of sbatch as one word each, such as --partition=images, but not "
    + setByProgram.joined(separator: ", ") + ", which decide what a job is"

  static func isAccepted(_ word: String) -> Bool {
    let name = word.prefix { $0 != "=" }
    // getopt_long(3) accepts the beginning of a name, too.
    return name.wholeMatch(of: #/--[a-z][a-z0-9-]*/#) != nil
      && !setByProgram.contains { $0.hasPrefix(name) }
  }
}
