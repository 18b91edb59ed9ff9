/// What starts the builds of a fleet on other machines, as `fleet:scheduler` names it.
package enum Scheduler: String, CaseIterable, Sendable {
  /// Slurm Workload Manager: one job of sbatch(1) for each variant.
  case slurm
}
