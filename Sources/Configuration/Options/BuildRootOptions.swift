/// `[buildroot]`: what hooks need on the host. EIB installs it into the build root that its hooks run
/// in.
package struct BuildRootOptions: OptionSection {
  let name: ExactName = "buildroot"
  let firstStage: Stage? = nil

  package let packages = DeclaredOption<[String]>("buildroot", "packages", merged: nil)
}
