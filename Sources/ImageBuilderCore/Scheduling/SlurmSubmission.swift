import Configuration
import SystemPackage

/// A job that builds a variant, as it is given to sbatch.
///
/// Everybody on the cluster can read its name, its comment and its script, which must not have private
/// values. The job gets nothing of the caller's environment: Slurm would write that to the disk of the
/// controller.
struct SlurmSubmission: Sendable {
  /// What a build needs, as estimated.
  struct Needs: Sendable, Equatable {
    var processors: Int
    var memoryInBytes: UInt64
    /// After which the job is ended; nil for the limit of the partition.
    var longest: Duration?
  }

  let variant: PublishedVariant
  let purpose: JobPurpose
  let needs: Needs
  /// The path of the program on the machines.
  let program: FilePath
  let arguments: [String]
  /// Small files that the job makes on its machine, each with its content.
  var files: [(path: FilePath, text: String)] = []
  /// The file on the machine that gets what the program prints, whose directory is made; nil for
  /// none. It is for failures before the build has a log of its own.
  let output: FilePath?
  /// Words for sbatch, such as `--constraint=arm64`. They win over the needs.
  let options: [String]

  /// The arguments of sbatch.
  var sbatchArguments: [String] {
    let minute: Int64 = 60
    let limit = needs.longest.map {
      ["--time=\(max(1, ($0.components.seconds + minute - 1) / minute))"]
    }
    return [
      "--parsable", "--export=NONE", "--chdir=/", "--no-requeue", "--dependency=singleton",
      "--job-name=\(SlurmJob.name(of: variant))", "--comment=\(purpose.comment)",
      // A relative or unwritable path would fail the job before it begins.
      "--output=/dev/null", "--nodes=1", "--ntasks=1",
      "--cpus-per-task=\(max(1, needs.processors))",
      "--mem=\(max(1, (needs.memoryInBytes + (1 << 20) - 1) >> 20))M",
    ] + (limit ?? []) + options
  }

  /// The script of the job. The program takes the place of the shell, so that it gets the signals of
  /// scancel.
  var script: String {
    let redirection = output.map {
      "mkdir -p \(shellQuoted($0.removingLastComponent().string)) "
        + "&& exec > \(shellQuoted($0.string)) 2>&1\n"
    }
    let writes = files.map { path, text in
      "mkdir -p \(shellQuoted(path.removingLastComponent().string)) "
        + "&& printf %s \(shellQuoted(text)) > \(shellQuoted(path.string)) || exit\n"
    }.joined()
    return """
      #!/bin/bash
      \(redirection ?? "")\(writes)cd / && exec \(Command(program.string, arguments).shellText)

      """
  }
}
