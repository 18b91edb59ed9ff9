import Configuration

/// The reason why Slurm's queue cannot be used.
enum SlurmError: ExitStatusError, CustomStringConvertible, Equatable {
  /// The controller does not answer. What squeue or another program said.
  case unreachable(String)
  /// squeue printed something that is no list of jobs.
  case unreadable(String)
  /// sbatch refused a job. What it said.
  case refused(PublishedVariant, String)
  /// scancel could not cancel jobs. What it said.
  case notCancelled([UInt64], String)

  var exitStatus: ExitStatus {
    switch self {
    case .unreachable, .unreadable, .notCancelled: .unavailable
    case .refused: .dataError
    }
  }

  var description: String {
    switch self {
    case .unreachable(let message):
      "the controller of Slurm does not answer: \(visible(message)). Jobs that run go on. When "
        + "`scontrol ping` says UP, give the command again; a configuration that is not in "
        + "/etc/slurm is named by \(BuildVariable.slurmConfiguration.rawValue)"
    case .unreadable(let reason):
      "`squeue --json --states=all` prints something that is no list of jobs: \(visible(reason)). "
        + "Slurm 22.05 or later, with its serializer for JSON, is needed (squeue --version)"
    case .refused(let variant, let message):
      "Slurm refuses the job of \(variant): \(visible(message)). The options of its job are those of "
        + "fleet:sbatch_options (--explain fleet:sbatch_options)"
    case .notCancelled(let jobs, let message):
      "scancel could not cancel \(jobs.map { "\($0)" }.joined(separator: ", ")): "
        + visible(message)
    }
  }
}
