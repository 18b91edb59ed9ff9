/// `[variants]`: the variants that `--check-all` checks.
package struct VariantsOptions: OptionSection {
  let name: ExactName = "variants"
  let firstStage: Stage? = nil

  package let list = DeclaredOption<[String]>("variants", "list", merged: nil)
}
