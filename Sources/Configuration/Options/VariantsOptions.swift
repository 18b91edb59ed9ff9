/// `[variants]`: the variants of a fleet, and those that `--check-all` checks.
package struct VariantsOptions: OptionSection {
  let name: ExactName = "variants"
  let firstStage: Stage? = nil

  package let list = DeclaredOption<[String]>("variants", "list", merged: nil)
  package let except = DeclaredOption<[String]>("variants", "except", merged: nil)
}
