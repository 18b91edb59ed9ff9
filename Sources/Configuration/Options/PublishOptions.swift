import SystemPackage

/// `[publish]`: where the outputs are published.
package struct PublishOptions: OptionSection {
  let name: ExactName = "publish"
  let firstStage: Stage? = .publish

  package let hooks = HookGroupOptions(.publish)
  package let destinations = DeclaredOption<[DestinationKind]>(
    "publish", "destinations", default: "", mayBeEmpty: true)
  package let directory = DeclaredOption<FilePath?>("publish", "directory", default: "")
}
