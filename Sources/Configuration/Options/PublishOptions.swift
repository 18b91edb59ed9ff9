import SystemPackage

/// `[publish]`: where the outputs are published.
package struct PublishOptions: OptionSection {
  let name: ExactName = "publish"
  let firstStage: Stage? = .publish

  package let hooks = HookGroupOptions(.publish)
  package let destinations = DeclaredOption<[DestinationKind]>(
    "publish", "destinations", default: "", mayBeEmpty: true)
  package let keptFailures = DeclaredOption<Int>(
    "publish", "keep_failed", default: 10, atLeast: 1)
  package let publishesTree = DeclaredOption<Bool>("publish", "tree", default: false)
  package let treeDepth = DeclaredOption<Int>("publish", "tree_depth", default: 3, atLeast: 1)
  package let treeSigningHome = DeclaredOption<FilePath?>(
    "publish", "tree_signing_home", default: "")
  package let registry = DeclaredOption<RegistryReference?>("publish", "registry", default: "")
  package let registryAuthenticationFile = DeclaredOption<FilePath?>(
    "publish", "registry_authfile", default: "")
  package let registryAuthorities = DeclaredOption<FilePath?>("publish", "registry_ca", default: "")
  package let directory = DeclaredOption<FilePath?>("publish", "directory", default: "")
}
