/// `[buildroot]`: what hooks need on the host. EIB installs it into the build root that its hooks run
/// in.
package struct BuildRootOptions: OptionSection {
  let name: ExactName = "buildroot"
  let firstStage: Stage? = nil

  /// The files and directories of the host that hooks can write to.
  package let mounts = DeclaredOption<[String]>(
    "buildroot", "mounts", merged: [], rule: .type(.hostPaths))
  package let packages = DeclaredOption<[String]>("buildroot", "packages", merged: nil)
}
