/// `[fleet]`: how the variants of a fleet are built. All but `sbatch_options` is read from the files
/// that all variants share and from that of the fleet.
package struct FleetOptions: OptionSection {
  let name: ExactName = "fleet"
  let firstStage: Stage? = nil

  /// The number of builds at a time; nil for what processors, memory and space allow.
  package let jobs = DeclaredOption<Int?>("fleet", "jobs", default: "", atLeast: 1)
  /// Nil for this machine.
  package let scheduler = DeclaredOption<Scheduler?>("fleet", "scheduler", default: "")
  /// The age at which an image is built again, changed or not; nil for never.
  package let maximumAge = DeclaredOption<Duration?>("fleet", "max_age", age: "")
  package let sbatchOptions = DeclaredOption<[String]>(
    "fleet", "sbatch_options", merged: [], accepted: SbatchOption.accepted,
    accepts: SbatchOption.isAccepted)
  /// The key of the digest of the private settings of a variant. Empty: these have no digest.
  package let inputsKey = DeclaredOption<String>(
    "fleet", "inputs_key", default: "", isSecret: true)
}
